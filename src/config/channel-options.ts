/** How much a channel remembers (protocol section 6). */
export interface HistoryOptions {
  /** Events kept, the newest. From 1 to 1,000,000. */
  readonly size: number;
  /** Milliseconds that an event is kept. */
  readonly ttl: number;
}

/**
 * What becomes of a channel's events for a client that reads too slowly (protocol section 8): its connection is closed with
 * 4002, the oldest that wait are dropped, or only the newest is kept.
 */
type Overflow = 'disconnect' | 'drop_oldest' | 'latest';

/** What may be set for the channels of one pattern (architecture section 6). */
export interface ChannelOptions {
  /**
   * Whether clients may publish to the channel with the built-in request `publish` (protocol section 5), where their
   * permission allows it. Default: false, only the application publishes.
   */
  readonly clientPublish?: boolean;

  /**
   * Keeps events, gives each a position, and lets subscribers recover what they missed (protocol section 6). A subscriber
   * that was away for longer, or missed more, is told so. Default: nothing is kept.
   */
  readonly history?: HistoryOptions;

  /** Whether the channel knows its members, for the request `presence` (protocol section 5). Default: false. */
  readonly presence?: boolean;

  /**
   * Whether subscribers that ask for it get an event when a member comes or goes (protocol section 3). Needs `presence`.
   * Default: false.
   */
  readonly joinLeave?: boolean;

  /** What a client that reads too slowly loses (protocol section 8). Default: `disconnect`, safe with `history`. */
  readonly overflow?: Overflow;
}
