import { type EventMetadata, encodeEvent } from '@skreaver/protocol';
import type { Publication } from '../../backplane/index.js';
import { Frame, type OverflowGroup } from '../../transport/index.js';

/** Names the publisher of an event only where it was a client: what the server knows of it, never what it says. */
export function eventMetadata(publication: Omit<Publication, 'dataJson'>): EventMetadata {
  const { userId } = publication;
  const metadata = placeAndTime(publication);
  return userId === undefined ? metadata : { ...metadata, from: { user_id: userId } };
}

function placeAndTime({ channel, timestamp, position, kind }: Omit<Publication, 'dataJson'>): EventMetadata {
  if (position !== undefined) return { channel, timestamp, epoch: position.epoch, offset: position.offset };
  return kind === undefined ? { channel, timestamp } : { channel, timestamp, kind };
}

/**
 * A publication as every subscriber gets it: encoded and framed once.
 * @param group where a slow socket may lose some of the channel's events
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
