const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const colon = 0x3a;

/** The longest run of plain digits that always fits a double: the largest double has 309 digits. */
const safeDigits = 308;

export type JsonScan = 'ok' | 'too-deep' | 'too-many-keys' | 'number-too-large';

/**
 * One pass over JSON text that has not been parsed: its nesting, its keys and its numbers. Linear, without recursion or
 * allocation, and right for valid JSON; of other text it only says what a parser would meet first.
 */
export function scanJson(text: string, maxDepth: number, maxKeys: number): JsonScan {
  let depth = 0;
  let keys = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === quote) at = closingQuote(text, at);
    else if (char === colon) {
      if (++keys > maxKeys) return 'too-many-keys';
    } else if (char === openBrace || char === openBracket) {
      if (++depth > maxDepth) return 'too-deep';
    } else if (char === closeBrace || char === closeBracket) depth--;
    else if (isDigit(char)) {
      const end = numberEnd(text, at);
      if (overflows(text, at, end)) return 'number-too-large';
      at = end - 1;
    }
  }
  return 'ok';
}

/** The index of the quote that ends the string opened at `open`; the text's length where it never ends. */
export function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === quote) return at;
    if (char === backslash) at++;
  }
  return text.length;
}

const isDigit = (char: number): boolean => char >= 0x30 && char <= 0x39;

function numberEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isNumberPart(text.charCodeAt(end))) end++;
  return end;
}

/** Digits and `. + - e E`. */
const isNumberPart = (char: number): boolean =>
  isDigit(char) || char === 0x2e || char === 0x65 || char === 0x45 || char === 0x2b || char === 0x2d;

/** A number beyond a double would be parsed as Infinity and then written as `null`: a payload changed in silence. */
function overflows(text: string, start: number, end: number): boolean {
  if (end - start < 4) return false;
  const digits = text.slice(start, end);
  return (digits.length > safeDigits || /[eE]/.test(digits)) && Number(digits) === Infinity;
}
