/** Control frames that a peer may send in a second. */
const MAX_PER_SECOND = 20;
const WINDOW_MS = 1000;

/** Counts the control frames of a peer (RFC 6455 §5.5) in windows of a second. */
export class ControlFrameRate {
  private count = 0;
  private windowAt = -Infinity;

  /** @returns whether a control frame at this time, by `performance.now()`, is within the rate */
  takes(now: number): boolean {
    if (now - this.windowAt > WINDOW_MS) {
      this.windowAt = now;
      this.count = 0;
    }
    this.count += 1;
    return this.count <= MAX_PER_SECOND;
  }
}
