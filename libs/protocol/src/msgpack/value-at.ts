import { Token, TokenReader } from './token-reader.js';
import { utf8Text } from './utf8.js';

/**
 * Returns the bytes of a value inside a map, exactly as they were written, or undefined if there is no such value. `path`
 * lists the keys that lead to it. The last of repeated keys wins. The bytes must be a valid message; this is not checked.
 */
export function valueAt(bytes: Uint8Array, path: readonly string[]): Uint8Array | undefined {
  let inside: Uint8Array | undefined = bytes;
  for (const key of path) {
    if (inside === undefined) return undefined;
    inside = lastOf(inside, key);
  }
  return inside;
}

function lastOf(map: Uint8Array, key: string): Uint8Array | undefined {
  const tokens = new TokenReader(map);
  if (tokens.next() !== Token.Map) return undefined;
  let found: Uint8Array | undefined;
  for (let left = tokens.size; left > 0; left -= 1) {
    tokens.next();
    const isKey = tokens.size === key.length && utf8Text(map, tokens.start, tokens.size) === key;
    const from = tokens.at;
    skip(tokens);
    if (isKey) found = map.subarray(from, tokens.at);
  }
  return found;
}

/** Skips one value with all that it holds. Returns false where the bytes are broken. */
export function skip(tokens: TokenReader): boolean {
  for (let left = 1; left > 0; left -= 1) {
    const token = tokens.next();
    if (token === Token.Array) left += tokens.size;
    else if (token === Token.Map) left += 2 * tokens.size;
    else if (token === Token.Broken || token === Token.Extension) return false;
  }
  return true;
}
