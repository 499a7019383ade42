/**
 * Token bucket: lets `burst` tokens through at once, and `perSecond` over time. Synchronous, so that the order of
 * messages holds.
 */
export class TokenBucket {
  private tokens: number;
  private filledAt = performance.now();

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  /** Takes a token. Returns 0, or the ms until there will be one. */
  take(): number {
    const wait = this.waitMs();
    if (wait === 0) this.tokens -= 1;
    return wait;
  }

  /** The ms until {@link take} would succeed. */
  waitMs(): number {
    this.fill();
    return this.tokens >= 1 ? 0 : ((1 - this.tokens) / this.perSecond) * 1000;
  }

  /** Takes any number of tokens, also on credit. Then {@link take} fails until the debt has been refilled. */
  charge(tokens: number): void {
    this.fill();
    this.tokens -= tokens;
  }

  /** True if the bucket is full, so that it can be removed without effect. */
  get isFull(): boolean {
    this.fill();
    return this.tokens >= this.burst;
  }

  private fill(): void {
    const now = performance.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filledAt) / 1000) * this.perSecond);
    this.filledAt = now;
  }
}
