import type { JsonObject } from './shape.js';
import { isObject } from './shape.js';
import { sourceAt } from './source-text.js';

const PATH = ['data', 'params', 'data'];
/** The text of a `publish` message, by the parsed params of that message. */
const messages = new WeakMap<object, string>();

/** Remembers the text of a `publish`, so that its data can be sent on as it was written. Called by `decode`. */
export function keepSource({ data }: JsonObject, text: string): void {
  if (isObject(data) && data['method'] === 'publish' && isObject(data['params'])) messages.set(data['params'], text);
}

/**
 * Returns the text of `data` in the params of a `publish` request, exactly as the client wrote it (PROTOCOL §3). It
 * keeps numbers that a 64-bit float would round, the order of keys, repeated keys and white space.
 * @param params the object that `decode` returned; the result for another object is undefined
 */
export function publishedSource(params: object): string | undefined {
  const text = messages.get(params);
  return text === undefined ? undefined : sourceAt(text, PATH);
}
