import type { Position } from '@skreaver/protocol';
import type { Publication, PublishedContent } from './backplane.js';

/** Makes an event of a channel, kept or not: the one place that does, so that all events have the same fields. */
export function publicationOf<P extends Position | undefined>(
  channel: string,
  content: PublishedContent,
  timestamp: number,
  position: P,
  kind?: Publication['kind'],
): Publication & { readonly position: P } {
  const { dataJson, dataBinary, userId, metadataJson, except, mirroredFrom } = content;
  return { channel, mirroredFrom, dataJson, dataBinary, userId, metadataJson, except, timestamp, position, kind };
}
