import type { WsMessage } from '../messages.js';
import { written } from './byte-writer.js';
import { ValueWriter } from './write-value.js';

/**
 * Encodes a message as the bytes of one binary frame (PROTOCOL §1). Values are taken as by `JSON.stringify`: keys that are
 * `undefined` are not written, `toJSON` is called. A `Uint8Array` is written as bytes.
 * @throws {TypeError} for a message that cannot be sent: a BigInt, a cycle, a `toJSON` that throws, nesting beyond the
 * stack, or an event without data
 */
export function pack(message: WsMessage): Uint8Array {
  if (message.type === 'event' && message.data === undefined) throw new TypeError('An event must have data.');
  return packValue(message) as Uint8Array;
}

/**
 * Encodes a value as a part of a message. Returns undefined for a value that JSON leaves out, such as a function.
 * @throws {TypeError} as {@link pack}
 */
export function packValue(value: unknown): Uint8Array | undefined {
  let isWritten = false;
  try {
    const bytes = written((writer) => {
      isWritten = new ValueWriter(writer).write(value);
    });
    return isWritten ? bytes : undefined;
  } catch (cause) {
    throw new TypeError('The message cannot be written as MessagePack.', { cause });
  }
}
