import { type EventMetadata, type Metadata, encodeEvent, readJson } from '@skreaver/protocol';
import { Packed, msgpackOfJson, packValue } from '@skreaver/protocol/msgpack';
import type { Publication, StoredPublication } from '../../backplane/index.js';
import { type Droppable, Frame, type OverflowGroup } from '../../transport/index.js';
import type { Payload } from './payload.js';

/** An event as it is sent: a publication, or the placeholder of one. */
export type SentEvent = Omit<Publication, 'kind'> & Pick<EventMetadata, 'kind'>;
type Described = Omit<SentEvent, 'dataJson' | 'dataBinary'>;
type Draft = { -readonly [Key in keyof EventMetadata]: EventMetadata[Key] };

/**
 * Makes the placeholder of an event for a connection that is excluded from it: its position, and nothing of what it says
 * (PROTOCOL §3).
 */
export function placeholderOf({ channel, timestamp, position }: StoredPublication): SentEvent {
  return { channel, dataJson: 'null', timestamp, position, kind: 'skipped' };
}

/** The metadata of an event, as {@link eventMetadataJson} writes it. */
export function eventMetadata(event: Described): EventMetadata {
  const { metadataJson } = event;
  const metadata = signedMetadata(event);
  if (metadataJson !== undefined) metadata.app = readJson(metadataJson) as Metadata;
  return metadata;
}

/**
 * Adds to an event of a client what the server knows of its sender, and to one of the application what that says of it,
 * spliced in as the text that it was checked as. Each has a key of its own, so that neither can stand for the other or
 * for the server's keys.
 */
export function eventMetadataJson(event: Described, gap?: EventMetadata['gap']): string {
  const { metadataJson } = event;
  const metadata = signedMetadata(event);
  if (gap !== undefined) metadata.gap = gap;
  const json = JSON.stringify(metadata);
  return metadataJson === undefined ? json : `${json.slice(0, -1)},"app":${metadataJson}}`;
}

function signedMetadata(event: Described): Draft {
  const { userId, mirroredFrom } = event;
  const metadata = placeAndTime(event);
  if (mirroredFrom !== undefined) metadata.mirrored_from = mirroredFrom;
  if (userId !== undefined) metadata.from = { user_id: userId };
  return metadata;
}

function placeAndTime({ channel, timestamp, position, kind }: Described): Draft {
  if (position === undefined) return kind === undefined ? { channel, timestamp } : { channel, timestamp, kind };
  const { epoch, offset } = position;
  return kind === undefined ? { channel, timestamp, epoch, offset } : { channel, timestamp, epoch, offset, kind };
}

/**
 * Encodes and frames an event once, for all subscribers.
 * @param group overflow group of the channel, if a slow socket may lose some of its events
 */
export function eventFrame(event: SentEvent, group?: OverflowGroup): Frame {
  const { position } = event;
  if (group === undefined) return framed(event);
  return framed(event, undefined, {
    group,
    offset: position?.offset,
    withGap: (gap) => framed(event, gap),
  });
}

function framed(event: SentEvent, gap?: EventMetadata['gap'], droppable?: Droppable): Frame {
  return dataFrame(event, eventMetadataJson(event, gap), undefined, droppable);
}

/** Frames an event around its payload. @param metadata JSON */
export function dataFrame(payload: Payload, metadata: string, correlationId?: string, droppable?: Droppable): Frame {
  const { dataJson, dataBinary } = payload;
  const text = encodeEvent(dataJson, metadata, correlationId);
  if (dataBinary === undefined) return Frame.text(text, droppable);
  return Frame.text(text, droppable, undefined, () => packedEvent(dataBinary, metadata, correlationId));
}

function packedEvent(data: Uint8Array, metadata: string, correlationId: string | undefined): Uint8Array {
  const event = { type: 'event', data: new Packed(data), correlation_id: correlationId };
  return packValue({ ...event, metadata: new Packed(msgpackOfJson(metadata)) }) as Uint8Array;
}
