import { closeBrace, closeBracket, openBrace, openBracket, quote } from './json-chars.js';
import { protocolLimits } from './limits.js';
import { closingQuote } from './scan-json.js';

/** A colon and the string after it; 128 characters are at most 640 parts: `\u` and four digits each. */
const stringValue = /\s*:\s*("(?:[^"\\]|\\.){0,640}")/y;

/**
 * The `correlation_id` of text that is not to be parsed (too deep, broken), so that even its fault can be matched to a
 * request. As in `JSON.parse`, the last of several wins.
 */
export function findCorrelationId(text: string): string | undefined {
  return readCorrelationId(findString(text, '"correlation_id"'));
}

/** As {@link findCorrelationId}, its `type`. */
export function findType(text: string): string | undefined {
  return findString(text, '"type"');
}

/** The short string under a key of the outermost object. */
function findString(text: string, key: string): string | undefined {
  let depth = 0;
  let found: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === openBrace || char === openBracket) depth++;
    else if (char === closeBrace || char === closeBracket) depth--;
    else if (char === quote) {
      const end = closingQuote(text, at);
      if (depth === 1 && text.slice(at, end + 1) === key) found = stringAfter(text, end + 1);
      at = end;
    }
  }
  return found;
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

/** `value` if it may be a correlation id (protocol section 2). */
export function readCorrelationId(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= protocolLimits.maxCorrelationIdLength ? value : undefined;
}
