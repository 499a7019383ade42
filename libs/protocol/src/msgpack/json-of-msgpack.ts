import { base64 } from '../base64.js';
import { Token, TokenReader } from './token-reader.js';
import { utf8Text } from './utf8.js';

/** JSON of MessagePack, and whether it held bytes, which have become base64. */
export interface JsonText {
  readonly json: string;
  readonly hasBytes: boolean;
}

/** An array or a map that is being written; for a map, `size` counts keys and values. */
interface Open {
  readonly isMap: boolean;
  readonly size: number;
  written: number;
}

/**
 * Writes MessagePack as JSON text: integers with all their digits, the order of keys and repeated keys as they are, bytes
 * as base64 (PROTOCOL §2). The bytes must be one valid value of a message, which is not checked. Linear, without recursion.
 */
export function jsonOfMsgpack(bytes: Uint8Array): JsonText {
  const tokens = new TokenReader(bytes);
  const outer: Open[] = [];
  let open: Open = { isMap: false, size: 1, written: 0 };
  let json = '';
  let hasBytes = false;
  for (;;) {
    if (open.written === open.size) {
      const around = outer.pop();
      if (around === undefined) return { json, hasBytes };
      json += open.isMap ? '}' : ']';
      open = around;
      continue;
    }
    json += separator(open);
    open.written += 1;
    const token = tokens.next();
    if (token === Token.Array || token === Token.Map) {
      const isMap = token === Token.Map;
      outer.push(open);
      open = { isMap, size: isMap ? 2 * tokens.size : tokens.size, written: 0 };
      json += isMap ? '{' : '[';
    } else {
      json += scalarJson(token, tokens);
      hasBytes ||= token === Token.Bin;
    }
  }
}

function separator({ isMap, written }: Open): string {
  if (written === 0) return '';
  return isMap && written % 2 === 1 ? ':' : ',';
}

function scalarJson(token: Token, { bytes, start, size, at, number, bigint }: TokenReader): string {
  switch (token) {
    case Token.Str:
      return JSON.stringify(utf8Text(bytes, start, size) ?? '');
    case Token.Int:
      return String(number);
    case Token.Float:
      return Object.is(number, -0) ? '-0' : String(number);
    case Token.BigInt:
      return String(bigint);
    case Token.True:
      return 'true';
    case Token.False:
      return 'false';
    case Token.Bin:
      return `"${base64(bytes.subarray(start, at))}"`;
    default:
      return 'null';
  }
}
