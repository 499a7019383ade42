import type { JsonObject } from './shape.js';
import { isObject } from './shape.js';
import { sourceAt } from './source-text.js';

const PATH = ['data', 'params', 'data'];
/** By the params of a `publish`: the message that they came in. */
const messages = new WeakMap<object, string>();

/** For `decode`: a `publish` is to be passed on as it was written. */
export function keepSource({ data }: JsonObject, text: string): void {
  if (isObject(data) && data['method'] === 'publish' && isObject(data['params'])) messages.set(data['params'], text);
}

/**
 * The text of `data` in the params of a `publish` request, exactly as the client wrote it (protocol section 3): numbers that a
 * 64-bit float would round, the order of keys, repeated keys, white space. A part of the message's text.
 * @param params the object that `decode` made; undefined for any other
 */
export function publishedSource(params: object): string | undefined {
  const text = messages.get(params);
  return text === undefined ? undefined : sourceAt(text, PATH);
}
