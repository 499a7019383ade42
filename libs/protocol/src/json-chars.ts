/** Character codes of JSON (RFC 8259 §2), for loops in which comparing strings is too slow. */
export const quote = 0x22;
export const backslash = 0x5c;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
export const colon = 0x3a;
export const comma = 0x2c;

export const isDigit = (char: number): boolean => char >= 0x30 && char <= 0x39;

export const isSpace = (char: number): boolean => char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09;
