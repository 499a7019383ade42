import { closeBrace, closeBracket, openBrace, openBracket, quote } from './json-chars.js';
import { protocolLimits } from './limits.js';
import { closingQuote } from './scan-json.js';

const CORRELATION_ID = '"correlation_id"';
const TYPE = '"type"';
/**
 * Matches a colon and the string after it. An id of 128 characters has at most 640 parts, as `\u` and each of its four
 * digits is one.
 */
const stringValue = /\s*:\s*("(?:[^"\\]|\\.){0,640}")/y;

export interface Correlation {
  readonly correlationId: string | undefined;
  readonly type: string | undefined;
}

/**
 * Finds the `correlation_id` and the `type` of text that is not parsed (too deep or broken), so that its fault can
 * still be matched to a request. The last of several wins, as in `JSON.parse`.
 */
export function findCorrelation(text: string): Correlation {
  const found: Record<string, string | undefined> = {};
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === openBrace || char === openBracket) depth++;
    else if (char === closeBrace || char === closeBracket) depth--;
    else if (char === quote) {
      const end = closingQuote(text, at);
      const key = depth === 1 ? text.slice(at, end + 1) : '';
      if (key === CORRELATION_ID || key === TYPE) found[key] = stringAfter(text, end + 1);
      at = end;
    }
  }
  return { correlationId: readCorrelationId(found[CORRELATION_ID]), type: found[TYPE] };
}

function stringAfter(text: string, start: number): string | undefined {
  stringValue.lastIndex = start;
  const literal = stringValue.exec(text)?.[1];
  if (literal === undefined) return undefined;
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

/** Returns `value` if it is a valid correlation id (PROTOCOL §2), otherwise undefined. */
export function readCorrelationId(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= protocolLimits.maxCorrelationIdLength ? value : undefined;
}
