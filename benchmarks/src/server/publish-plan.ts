/** How a server publishes while it is measured. */
export interface PublishPlan {
  /** Publishes go round over the channels `c0` … */
  readonly channels: number;
  /** Size of the event's JSON; each peer puts its own envelope around it. */
  readonly bytes: number;
  readonly ticksPerSecond: number;
  readonly perTick: number;
  readonly ticks: number;
}

export const hotChannel = (index: number): string => `c${index}`;
