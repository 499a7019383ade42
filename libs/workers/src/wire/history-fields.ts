import type { HistoryQuery } from '@skreaver/nestjs-ws';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { readOptional, writeOptional } from './fields.js';

export function writeQuery(out: ByteWriter, { after, limit, reverse = false }: HistoryQuery): void {
  writeOptional(out, after, (offset) => out.number(offset));
  out.number(limit);
  out.u8(reverse ? 1 : 0);
}

export const readQuery = (from: ByteReader): HistoryQuery => ({
  after: readOptional(from, () => from.number()),
  limit: from.number(),
  reverse: from.u8() === 1,
});
