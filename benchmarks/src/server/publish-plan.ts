/** Rate, size and number of the publishes of a round. */
export interface PublishPlan {
  /** Number of channels, `c0` …, that are published to in turn. */
  readonly channels: number;
  /** Size of the event's JSON, without the envelope of the peer. */
  readonly bytes: number;
  readonly ticksPerSecond: number;
  readonly perTick: number;
  readonly ticks: number;
}

export const hotChannel = (index: number): string => `c${index}`;
