import { closeBrace, closeBracket, colon, comma, isSpace, openBrace, openBracket, quote } from '../json-chars.js';
import { closingQuote } from '../scan-json.js';
import { type ByteWriter, written } from './byte-writer.js';

const isInteger = /^-?\d+$/;

/** An array or an object that is being written. */
interface Open {
  /** Where it begins, for {@link ByteWriter.close}. */
  readonly start: number;
  readonly isMap: boolean;
  /** Values written. */
  size: number;
}

/**
 * Writes JSON text as MessagePack, without parsing it: integers of up to 64 bits keep all their digits, and the order of
 * keys and repeated keys stay (PROTOCOL §2). The text must be valid JSON, which is not checked. Without recursion.
 */
export function msgpackOfJson(text: string): Uint8Array {
  return written((writer) => writeJson(writer, text));
}

function writeJson(writer: ByteWriter, text: string): void {
  const outer: Open[] = [];
  let open: Open = { start: 0, isMap: false, size: 0 };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === comma || char === colon || isSpace(char)) continue;
    if (char === openBrace || char === openBracket) {
      open.size += 1;
      outer.push(open);
      open = { start: writer.open(), isMap: char === openBrace, size: 0 };
    } else if (char === closeBrace || char === closeBracket) {
      writer.close(open.start, open.isMap ? open.size / 2 : open.size, open.isMap);
      open = outer.pop() as Open;
    } else {
      open.size += 1;
      const end = char === quote ? closingQuote(text, at) + 1 : literalEnd(text, at);
      if (char === quote) writeString(writer, text, at, end);
      else writeLiteral(writer, text.slice(at, end));
      at = end - 1;
    }
  }
}

function writeString(writer: ByteWriter, text: string, start: number, end: number): void {
  const content = text.slice(start + 1, end - 1);
  writer.string(content.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : content);
}

function literalEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && !endsLiteral(text.charCodeAt(at))) at += 1;
  return at;
}

const endsLiteral = (char: number): boolean =>
  char === comma || char === closeBrace || char === closeBracket || isSpace(char);

function writeLiteral(writer: ByteWriter, literal: string): void {
  if (literal === 'null') writer.nil();
  else if (literal === 'true' || literal === 'false') writer.boolean(literal === 'true');
  else writeNumber(writer, literal);
}

/** A number that has a fraction or an exponent, or does not fit 64 bits, is a float. */
function writeNumber(writer: ByteWriter, literal: string): void {
  const number = Number(literal);
  if (!isInteger.test(literal)) writer.float(number);
  else if (Number.isSafeInteger(number)) writer.number(number);
  else if (!writer.bigint(BigInt(literal))) writer.float(number);
}
