/** Sizes and durations of the cases. */
export interface Scale {
  readonly quick: boolean;
  /** Duration of one measured round, in seconds. */
  readonly seconds: number;
  /** Returns the full size, or with `--quick` the small one. */
  readonly of: (full: number, quick: number) => number;
}

export const fullScale: Scale = { quick: false, seconds: 2, of: (full) => full };
export const quickScale: Scale = { quick: true, seconds: 0.2, of: (_full, quick) => quick };
