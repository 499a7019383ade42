import type { EventMetadata, Position } from '@skreaver/protocol';

/** One event of a channel. */
export interface ChannelEvent<T = unknown> {
  readonly channel: string;
  /** The data as it was published. Nothing checks that it is a `T`. */
  readonly data: T;
  /** When it was published, in ms since 1970. */
  readonly timestamp: number;
  /** Its place in the channel, if that keeps history. */
  readonly position?: Position | undefined;
  /** Events before this one that the server dropped for this connection: their offsets, or `true`. */
  readonly gap?: EventMetadata['gap'];
  /** True for an event that was published while this client was away. */
  readonly recovered: boolean;
  /** All that the server says of the event: `from`, `app`, `mirrored_from` (PROTOCOL §3). */
  readonly metadata: EventMetadata;
}

export function channelEvent(data: unknown, metadata: EventMetadata, recovered: boolean): ChannelEvent {
  const { channel = '', timestamp, gap } = metadata;
  return { channel, data, timestamp, position: positionOf(metadata), gap, recovered, metadata };
}

export function positionOf({ epoch, offset }: Pick<EventMetadata, 'epoch' | 'offset'>): Position | undefined {
  return epoch === undefined || offset === undefined ? undefined : { epoch, offset };
}

/** Whether who is at `at` has had what is at `position`. */
export function includes(at: Position | undefined, position: Position | undefined): boolean {
  return at !== undefined && at.epoch === position?.epoch && position.offset <= at.offset;
}
