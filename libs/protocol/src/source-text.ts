import { closeBrace, closeBracket, colon, comma, isSpace, openBrace, quote } from './json-chars.js';
import { closingQuote } from './scan-json.js';

/**
 * Returns the text of a value inside an object, exactly as it was written, or undefined if there is no such value.
 * `path` lists the keys that lead to it. The last of repeated keys wins, as in `JSON.parse`. The text must be valid
 * JSON; this is not checked.
 */
export function sourceAt(text: string, path: readonly string[]): string | undefined {
  let found: string | undefined;
  let depth = 0;
  // The number of objects on the path that enclose the scan. Keys of the innermost of them have this depth.
  let inside = 1;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === quote) {
      const end = closingQuote(text, at);
      const start = depth === inside ? valueOf(text, at, end, path[inside - 1] as string) : -1;
      at = end;
      if (start < 0) continue;
      found = inside === path.length ? text.slice(start, valueEnd(text, start)) : undefined;
      if (found === undefined && text.charCodeAt(start) === openBrace) inside++;
      at = start + (found?.length ?? 0) - 1;
    } else if (isOpening(char)) depth++;
    else if (isClosing(char)) {
      if (depth === inside && inside > 1) inside--;
      depth--;
    }
  }
  return found;
}

/** The texts of the elements of an array, exactly as they were written. */
export function elementsOf(array: string): string[] {
  const elements: string[] = [];
  let at = skipSpace(array, skipSpace(array, 0) + 1);
  while (at < array.length && array.charCodeAt(at) !== closeBracket) {
    const end = valueEnd(array, at);
    elements.push(array.slice(at, end));
    at = skipSpace(array, end);
    if (array.charCodeAt(at) === comma) at = skipSpace(array, at + 1);
  }
  return elements;
}

/** The index at which the value of this key begins; -1 if the string is not this key. */
function valueOf(text: string, open: number, close: number, key: string): number {
  const after = skipSpace(text, close + 1);
  if (text.charCodeAt(after) !== colon || !isKey(text, open, close, key)) return -1;
  return skipSpace(text, after + 1);
}

function isKey(text: string, open: number, close: number, key: string): boolean {
  if (close - open - 1 === key.length) return text.startsWith(key, open + 1);
  // `\u0064ata` is `data` too, so a key takes up to six times its characters.
  if (close - open - 1 < key.length || close - open - 1 > 6 * key.length) return false;
  return JSON.parse(text.slice(open, close + 1)) === key;
}

function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return closingQuote(text, start) + 1;
  return isOpening(first) ? containerEnd(text, start) : scalarEnd(text, start);
}

function containerEnd(text: string, start: number): number {
  let depth = 1;
  let at = start + 1;
  for (; depth > 0 && at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === quote) at = closingQuote(text, at);
    else if (isOpening(char)) depth++;
    else if (isClosing(char)) depth--;
  }
  return at;
}

function scalarEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && !endsScalar(text.charCodeAt(at))) at++;
  return at;
}

/** `[` and `{`, `]` and `}` differ in one bit. */
const isOpening = (char: number): boolean => (char | 0x20) === openBrace;
const isClosing = (char: number): boolean => (char | 0x20) === closeBrace;
const endsScalar = (char: number): boolean => char === comma || isClosing(char) || isSpace(char);

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}
