const GAP_MS = 10_000;

/** Lets one line in ten seconds pass. */
export class OutagePace {
  private lastAt = Number.NEGATIVE_INFINITY;
  private held = 0;

  /** @param now a monotonic clock, in ms */
  constructor(private readonly now: () => number = () => performance.now()) {}

  admits(): boolean {
    const now = this.now();
    if (now - this.lastAt < GAP_MS) {
      this.held += 1;
      return false;
    }
    this.lastAt = now;
    return true;
  }

  /** What the line that was admitted has to say of those that were not. */
  suppressed(): { readonly suppressed?: number } {
    const { held } = this;
    this.held = 0;
    return held === 0 ? {} : { suppressed: held };
  }
}
