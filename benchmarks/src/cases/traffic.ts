/** Who listens to what, and what is published at which rate. */
export interface Traffic {
  readonly connections: number;
  /** Published to in turn; connections are spread over them evenly. */
  readonly channels: number;
  /** Channels of each connection that nobody else has and nothing is published to. */
  readonly ownChannels: number;
  readonly bytes: number;
  readonly ticksPerSecond: number;
  readonly perTick: number;
  readonly seconds: number;
}
