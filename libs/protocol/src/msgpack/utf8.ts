import { readUtf8 } from '../read-utf8.js';

/** The length of string up to which a loop is faster than a `TextDecoder` (0.1 instead of 0.3 µs, Node 20). */
const SHORT = 24;

/** Decodes UTF-8 (RFC 3629); `undefined` where the bytes are not. */
export function utf8Text(bytes: Uint8Array, start: number, size: number): string | undefined {
  const end = start + size;
  if (size > SHORT) return readUtf8(bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at += 1) {
    const unit = bytes[at] as number;
    if (unit >= 0x80) return readUtf8(bytes.subarray(start, end));
    text += String.fromCharCode(unit);
  }
  return text;
}
