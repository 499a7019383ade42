import { protocolLimits } from './limits.js';
import { type JsonScan, scanJson } from './scan-json.js';

/** Text is judged as one client message would be (protocol section 2), or at any size. */
export type JsonLimits = 'of a message' | 'none';

const { maxDepth, maxKeys } = protocolLimits;

/** What is wrong with text that is scanned before it is parsed. */
export const scanFaults: Readonly<
  Record<Exclude<JsonScan, 'ok'>, { readonly message: string; readonly details?: { readonly max: number } }>
> = {
  'too-deep': { message: `The message is nested deeper than ${maxDepth} levels.`, details: { max: maxDepth } },
  'too-many-keys': { message: `The message has more than ${maxKeys} keys.`, details: { max: maxKeys } },
  'number-too-large': { message: 'The message has a number too large for a 64-bit float; send it as a string.' },
};

/**
 * Why text cannot be passed on as JSON, in a sentence without any of it; undefined where it can be.
 * @param limits whether the levels and keys of a client message bound it; a number must fit a 64-bit float in any case
 */
export function jsonFault(text: string, limits: JsonLimits): string | undefined {
  const isBounded = limits === 'of a message';
  const scan = scanJson(text, isBounded ? maxDepth : Infinity, isBounded ? maxKeys : Infinity);
  if (scan !== 'ok') return scanFaults[scan].message;
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return 'The message is not valid JSON.';
  }
}

/** The value of text in which {@link jsonFault} finds nothing. @throws SyntaxError for other text */
export function readJson(text: string): unknown {
  return JSON.parse(text);
}
