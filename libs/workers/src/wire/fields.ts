import type { Position } from '@skreaver/protocol';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

/** A value that may be absent: a byte, and the value if it is there. */
export function writeOptional<T>(out: ByteWriter, value: T | undefined, write: (value: T) => void): void {
  out.u8(value === undefined ? 0 : 1);
  if (value !== undefined) write(value);
}

export function readOptional<T>(from: ByteReader, read: () => T): T | undefined {
  return from.u8() === 0 ? undefined : read();
}

export function writeText(out: ByteWriter, value: string | undefined): void {
  writeOptional(out, value, (text) => out.text(text));
}

export const readText = (from: ByteReader): string | undefined => readOptional(from, () => from.text());

export function writePosition(out: ByteWriter, { epoch, offset }: Position): void {
  out.text(epoch);
  out.number(offset);
}

export const readPosition = (from: ByteReader): Position => ({ epoch: from.text(), offset: from.number() });

export function writeTexts(out: ByteWriter, texts: readonly string[]): void {
  out.u32(texts.length);
  for (const text of texts) out.text(text);
}

export function readTexts(from: ByteReader): string[] {
  const texts: string[] = [];
  for (let left = from.u32(); left > 0; left -= 1) texts.push(from.text());
  return texts;
}
