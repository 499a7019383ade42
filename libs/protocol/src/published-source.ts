import type { JsonObject } from './shape.js';
import { isObject } from './shape.js';
import { sourceAt } from './source-text.js';

/** The data of a `publish` as it was written, in the forms in which it is sent on (PROTOCOL §3). */
export interface PublishedSource {
  readonly json: string;
  /** MessagePack with bytes, which JSON has only as base64. Absent where there are none. */
  readonly msgpack?: Uint8Array | undefined;
}

/** Keys that lead from the envelope of a `publish` to its data. */
export const publishedPath: readonly string[] = ['data', 'params', 'data'];
/** The text of a `publish` message, or what reads its data from its bytes, by the parsed params of that message. */
const messages = new WeakMap<object, string | (() => PublishedSource | undefined)>();

/** Remembers the source of a `publish`, so that its data can be sent on as it was written. Called for each request. */
export function keepSource({ data }: JsonObject, source: string | (() => PublishedSource | undefined)): void {
  if (isObject(data) && data['method'] === 'publish' && isObject(data['params'])) messages.set(data['params'], source);
}

/**
 * Returns `data` in the params of a `publish` request, exactly as the client wrote it (PROTOCOL §3). It keeps numbers that
 * a 64-bit float would round, the order of keys, repeated keys and white space.
 * @param params the object that `decodeClientMessage` returned; the result for another object is undefined
 */
export function publishedSource(params: object): PublishedSource | undefined {
  const source = messages.get(params);
  if (typeof source === 'function') return source();
  const json = source === undefined ? undefined : sourceAt(source, publishedPath);
  return json === undefined ? undefined : { json };
}
