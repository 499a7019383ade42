/** Subscriptions of a case, and the size and rate of its publishes. */
export interface Traffic {
  readonly connections: number;
  /** Channels that are published to in turn; connections are spread over them evenly. */
  readonly channels: number;
  /** Channels that each connection has for itself and that get no publishes. */
  readonly ownChannels: number;
  readonly bytes: number;
  readonly ticksPerSecond: number;
  readonly perTick: number;
  readonly seconds: number;
}
