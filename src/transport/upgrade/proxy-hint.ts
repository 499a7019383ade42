/** Rejections before the hint is given, and between two hints. */
const MIN_REFUSALS = 10;
const SAY_EVERY_MS = 60_000;

/**
 * Notices that most rejections for a limit per address come from one address that sends `X-Forwarded-For`: a proxy that
 * is not configured, whose clients share one limit. Keeps one address and two counts (Boyer–Moore majority vote).
 */
export class ProxyHint {
  private candidate: string | undefined;
  private lead = 0;
  private rejections = 0;
  private saidAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly say: (address: string) => void,
    private readonly now: () => number = performance.now.bind(performance),
  ) {}

  /** @param forwards whether the rejected request has an `X-Forwarded-For` that is not trusted */
  refused(address: string, forwards: boolean): void {
    this.rejections += 1;
    this.vote(forwards ? address : undefined);
    if (this.rejections < MIN_REFUSALS || this.candidate === undefined) return;
    const now = this.now();
    if (now - this.saidAt < SAY_EVERY_MS) return;
    this.saidAt = now;
    this.say(this.candidate);
    this.rejections = 0;
    this.lead = 0;
    this.candidate = undefined;
  }

  private vote(address: string | undefined): void {
    if (this.lead === 0) this.candidate = address;
    this.lead += address === this.candidate ? 1 : -1;
  }
}
