import type { ChannelEvent } from '@skreaver/client';

/** An event as --json prints it: with the names of the protocol. */
export function shownEvent({ channel, data, timestamp, position, gap, recovered, metadata }: ChannelEvent) {
  const { from, app, kind } = metadata;
  return {
    channel,
    data,
    timestamp,
    ...position,
    ...(kind !== undefined && { kind }),
    ...(from !== undefined && { from }),
    ...(app !== undefined && { app }),
    ...(gap !== undefined && { gap }),
    ...(recovered && { recovered }),
  };
}
