import { protocolLimits } from './limits.js';
import { type JsonScan, scanJson } from './scan-json.js';

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
 * Checks that text can be sent on as JSON: it can be parsed, and its numbers fit a 64-bit float. Depth and number of keys
 * are not limited. Returns undefined, or the reason against it in a sentence that contains no part of the text.
 */
export function jsonFault(text: string): string | undefined {
  const scan = scanJson(text, Infinity, Infinity);
  if (scan !== 'ok') return scanFaults[scan].message;
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return 'The message is not valid JSON.';
  }
}

/**
 * Checks text that is known to be JSON by the limits of a client message: levels, keys and numbers (PROTOCOL §2). Returns
 * undefined, or the reason against it in a sentence that contains no part of the text.
 */
export function messageLimitFault(text: string): string | undefined {
  const scan = scanJson(text, maxDepth, maxKeys);
  return scan === 'ok' ? undefined : scanFaults[scan].message;
}

/** Parses text that passed {@link jsonFault}. @throws SyntaxError for text that is not JSON */
export function readJson(text: string): unknown {
  return JSON.parse(text);
}
