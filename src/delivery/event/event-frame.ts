import { type EventMetadata, type Metadata, encodeEvent, readJson } from '@skreaver/protocol';
import type { Publication } from '../../backplane/index.js';
import { Frame, type OverflowGroup } from '../../transport/index.js';

/**
 * Adds to an event of a client what the server knows of its sender, and to one of the application what that says of it.
 * Each has a key of its own, so that neither can stand for the other or for the server's keys.
 */
export function eventMetadata(publication: Omit<Publication, 'dataJson'>): EventMetadata {
  const { userId, metadataJson } = publication;
  const metadata = placeAndTime(publication);
  const signed = userId === undefined ? metadata : { ...metadata, from: { user_id: userId } };
  return metadataJson === undefined ? signed : { ...signed, app: readJson(metadataJson) as Metadata };
}

function placeAndTime({ channel, timestamp, position, kind }: Omit<Publication, 'dataJson'>): EventMetadata {
  if (position !== undefined) return { channel, timestamp, epoch: position.epoch, offset: position.offset };
  return kind === undefined ? { channel, timestamp } : { channel, timestamp, kind };
}

/**
 * Encodes and frames a publication once, for all subscribers.
 * @param group overflow group of the channel, if a slow socket may lose some of its events
 */
export function eventFrame(publication: Publication, group?: OverflowGroup): Frame {
  const { dataJson, position } = publication;
  const metadata = eventMetadata(publication);
  const text = encodeEvent(dataJson, metadata);
  if (group === undefined) return Frame.text(text);
  return Frame.text(text, {
    group,
    offset: position?.offset,
    withGap: (gap) => Frame.text(encodeEvent(dataJson, { ...metadata, gap })),
  });
}
