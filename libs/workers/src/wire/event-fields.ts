import type { EventContent, Exclusion, HistoryLimits, NewPublication, Publication } from '@skreaver/nestjs-ws';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { readOptional, readPosition, readText, writeOptional, writePosition, writeText } from './fields.js';

type Kind = Publication['kind'];

const KINDS: readonly Kind[] = [undefined, 'join', 'leave'];

/** An event without anything beside its data takes one byte for all that it lacks. */
const HAS_MORE = 1;

function writeContent(out: ByteWriter, content: EventContent): void {
  const { dataJson, dataBinary, userId, metadataJson, except } = content;
  const hasMore =
    dataBinary !== undefined || userId !== undefined || metadataJson !== undefined || except !== undefined;
  out.text(dataJson);
  out.u8(hasMore ? HAS_MORE : 0);
  if (!hasMore) return;
  writeOptional(out, dataBinary, (bytes) => out.block(bytes));
  writeText(out, userId);
  writeText(out, metadataJson);
  writeOptional(out, except, (exclusion) => writeExclusion(out, exclusion));
}

function readContent(from: ByteReader): EventContent {
  const dataJson = from.text();
  if (from.u8() !== HAS_MORE) {
    return { dataJson, dataBinary: undefined, userId: undefined, metadataJson: undefined, except: undefined };
  }
  return {
    dataJson,
    dataBinary: readOptional(from, () => from.block()),
    userId: readText(from),
    metadataJson: readText(from),
    except: readOptional(from, () => readExclusion(from)),
  };
}

function writeExclusion(out: ByteWriter, { connectionId, userId }: Exclusion): void {
  writeText(out, connectionId);
  writeText(out, userId);
}

/** With the fields alone that were set, as it was. */
function readExclusion(from: ByteReader): Exclusion {
  const connectionId = readText(from);
  const userId = readText(from);
  return { ...(connectionId !== undefined && { connectionId }), ...(userId !== undefined && { userId }) };
}

/** @param ttl how long its history keeps it, in ms */
export function writePublication(out: ByteWriter, publication: Publication, ttl: number): void {
  out.text(publication.channel);
  out.number(publication.timestamp);
  out.u8(KINDS.indexOf(publication.kind));
  writeOptional(out, publication.position, (position) => writePosition(out, position));
  writeText(out, publication.mirroredFrom);
  out.number(ttl);
  writeContent(out, publication);
}

export function readPublication(from: ByteReader): { readonly publication: Publication; readonly ttl: number } {
  const channel = from.text();
  const timestamp = from.number();
  const kind = KINDS[from.u8()];
  const position = readOptional(from, () => readPosition(from));
  const mirroredFrom = readText(from);
  const ttl = from.number();
  return { publication: { channel, mirroredFrom, ...readContent(from), timestamp, position, kind }, ttl };
}

export function writeNewPublication(out: ByteWriter, publication: NewPublication): void {
  const { channel, history, idempotencyKey, mirror, kind } = publication;
  out.text(channel);
  writeLimits(out, history);
  writeText(out, idempotencyKey);
  writeOptional(out, mirror, (to) => {
    out.text(to.channel);
    writeLimits(out, to.history);
  });
  out.u8(KINDS.indexOf(kind));
  writeContent(out, publication);
}

export function readNewPublication(from: ByteReader): NewPublication {
  const channel = from.text();
  const history = readLimits(from);
  const idempotencyKey = readText(from);
  const mirror = readOptional(from, () => ({ channel: from.text(), history: readLimits(from) }));
  const kind = KINDS[from.u8()];
  return { channel, history, idempotencyKey, mirror, kind, ...readContent(from) };
}

function writeLimits(out: ByteWriter, limits: HistoryLimits | undefined): void {
  writeOptional(out, limits, ({ size, ttl }) => {
    out.number(size);
    out.number(ttl);
  });
}

const readLimits = (from: ByteReader): HistoryLimits | undefined =>
  readOptional(from, () => ({ size: from.number(), ttl: from.number() }));
