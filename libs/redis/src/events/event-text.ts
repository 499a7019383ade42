import type { EventContent, Exclusion, Publication, StoredPublication } from '@skreaver/nestjs-ws';

/*
 * An event as nodes get it: a header line that the script writes, then the content as the publisher wrote it.
 *
 *   p<epoch> <offset> <time> <TTL> <origin>[ <source>]   of a channel with history
 *   n<time> <origin>[ <source>]                          of one without
 *   j<time>[ <origin>], l<time>[ <origin>]               a join, a leave
 *   x                                                    the history was cleared
 *
 * A line that begins with something else is of a later version, and ignored. The content is a line of attributes, empty or a
 * JSON object, then the data as JSON, then its bytes. A history keeps the content alone: its position is the id of the entry.
 */

const LINE_FEED = 10;

/** What an event has beside its data. */
interface Attributes {
  /** The user who published it. */
  readonly u?: string | undefined;
  /** The metadata of the application. */
  readonly m?: string | undefined;
  readonly x?: Exclusion | undefined;
  /** How many bytes of the end are the data as MessagePack. */
  readonly b?: number | undefined;
}

/** A publication as it arrived, with what only the receiving node needs. */
export type Arrival =
  | { readonly kind: 'event'; readonly publication: Publication; readonly origin: string; readonly ttl: number }
  | { readonly kind: 'cleared' };

export function encodeContent(content: EventContent): string | Buffer {
  const { dataJson, dataBinary, userId, metadataJson, except } = content;
  if (dataBinary === undefined && userId === undefined && metadataJson === undefined && except === undefined) {
    return `\n${dataJson}`;
  }
  const attributes: Attributes = { u: userId, m: metadataJson, x: except, b: dataBinary?.byteLength };
  const text = `${JSON.stringify(attributes)}\n${dataJson}`;
  return dataBinary === undefined ? text : Buffer.concat([Buffer.from(text), dataBinary]);
}

/** The header of an event without history and key, which no script has to see. */
export const plainHeader = (time: number, origin: string): string => `n${time} ${origin}\n`;

export const presenceHeader = (kind: 'join' | 'leave', time: number, origin: string): string =>
  `${kind === 'join' ? 'j' : 'l'}${time} ${origin}\n`;

/** The content of a join or leave that a script publishes. */
export const announcementOf = (announcementJson: string): string => `\n${announcementJson}`;

/** @returns undefined for what a later version sent */
export function decodeArrival(channel: string, message: Buffer): Arrival | undefined {
  const end = message.indexOf(LINE_FEED);
  const header = message.toString('latin1', 1, end).split(' ');
  const event = (time: number, position: Publication['position'], rest: string[], ttl = 0): Arrival => ({
    kind: 'event',
    publication: decodeContent(channel, message, end + 1, time, position, rest[1]),
    origin: rest[0] ?? '',
    ttl,
  });
  switch (String.fromCharCode(message[0] ?? 0)) {
    case 'p': {
      const [epoch = '', offset, time, ttl, ...rest] = header;
      return event(Number(time), { epoch, offset: Number(offset) }, rest, Number(ttl));
    }
    case 'n':
      return event(Number(header[0]), undefined, header.slice(1));
    case 'j':
    case 'l':
      return decodePresence(channel, message, end + 1, header);
    case 'x':
      return { kind: 'cleared' };
    default:
      return undefined;
  }
}

function decodePresence(channel: string, message: Buffer, start: number, [time, origin = '']: string[]): Arrival {
  const kind = message[0] === 'j'.charCodeAt(0) ? 'join' : 'leave';
  const content = decodeContent(channel, message, start, Number(time), undefined, undefined);
  return { kind: 'event', publication: { ...content, kind }, origin, ttl: 0 };
}

/** An entry of a history, as XRANGE returns it. */
export type HistoryEntry = readonly [id: Buffer, fields: readonly Buffer[]];

export function decodeEntry(channel: string, epoch: string, [id, fields]: HistoryEntry): StoredPublication {
  const [offset, time] = id.toString('latin1').split('-').map(Number) as [number, number];
  const source = fields[3]?.toString('latin1');
  const position = { epoch, offset };
  return { ...decodeContent(channel, fields[1] as Buffer, 0, time, position, source), position };
}

function decodeContent(
  channel: string,
  bytes: Buffer,
  start: number,
  timestamp: number,
  position: Publication['position'],
  mirroredFrom: string | undefined,
): Publication {
  const line = bytes.indexOf(LINE_FEED, start);
  const attributes = line === start ? {} : (JSON.parse(bytes.toString('utf8', start, line)) as Attributes);
  const end = bytes.length - (attributes.b ?? 0);
  return {
    channel,
    mirroredFrom,
    dataJson: bytes.toString('utf8', line + 1, end),
    // A copy: the bytes that came would be kept as a whole.
    dataBinary: attributes.b === undefined ? undefined : new Uint8Array(bytes.subarray(end)),
    userId: attributes.u,
    metadataJson: attributes.m,
    except: attributes.x,
    timestamp,
    position,
    kind: undefined,
  };
}
