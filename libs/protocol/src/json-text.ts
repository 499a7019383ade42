import { protocolLimits } from './limits.js';
import { type JsonScan, scanJson } from './scan-json.js';

/** The limits that apply to JSON text: those of a client message (PROTOCOL §2), or none. */
export type JsonLimits = 'of a message' | 'none';

const { maxDepth, maxKeys } = protocolLimits;

/** The faults that a scan finds in text before it is parsed. */
export const scanFaults: Readonly<
  Record<Exclude<JsonScan, 'ok'>, { readonly message: string; readonly details?: { readonly max: number } }>
> = {
  'too-deep': { message: `The message is nested deeper than ${maxDepth} levels.`, details: { max: maxDepth } },
  'too-many-keys': { message: `The message has more than ${maxKeys} keys.`, details: { max: maxKeys } },
  'number-too-large': { message: 'The message has a number too large for a 64-bit float; send it as a string.' },
};

/**
 * Checks that text can be sent on as JSON. Returns undefined, or the reason against it in a sentence that contains no
 * part of the text.
 * @param limits the limits of depth and keys; numbers must fit a 64-bit float in any case
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

/** Parses text that passed {@link jsonFault}. @throws SyntaxError for text that is not JSON */
export function readJson(text: string): unknown {
  return JSON.parse(text);
}
