/** How large the cases are. */
export interface Scale {
  readonly quick: boolean;
  /** Seconds of one measured round. */
  readonly seconds: number;
  /** Takes the full size, or for `--quick` the small one. */
  readonly of: (full: number, quick: number) => number;
}

export const fullScale: Scale = { quick: false, seconds: 2, of: (full) => full };
export const quickScale: Scale = { quick: true, seconds: 0.2, of: (_full, quick) => quick };
