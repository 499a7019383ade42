import { type Correlation, readCorrelationId } from '../find-correlation-id.js';
import { Token, TokenReader } from './token-reader.js';
import { utf8Text } from './utf8.js';
import { skip } from './value-at.js';

/**
 * Finds the `correlation_id` and the `type` of a message that is not taken, as far as its bytes can be read, so that its
 * fault can still be matched to a request. The last of several wins.
 */
export function findCorrelationInBytes(bytes: Uint8Array): Correlation {
  const tokens = new TokenReader(bytes);
  const found: Record<string, string | undefined> = {};
  let left = tokens.next() === Token.Map ? tokens.size : 0;
  for (; left > 0; left -= 1) {
    const key = tokens.next() === Token.Str ? utf8Text(bytes, tokens.start, tokens.size) : undefined;
    const from = tokens.at;
    if (key === 'correlation_id' || key === 'type') found[key] = stringAt(bytes, from);
    if (key === undefined || !skip(tokens)) break;
  }
  return { correlationId: readCorrelationId(found['correlation_id']), type: found['type'] };
}

function stringAt(bytes: Uint8Array, at: number): string | undefined {
  const tokens = new TokenReader(bytes, at);
  return tokens.next() === Token.Str ? utf8Text(bytes, tokens.start, tokens.size) : undefined;
}
