import type { Frame } from '../../transport/index.js';

/**
 * Flow control for a recovery: bounds the frames that a socket gets before it has drained. The rest of its outbox's
 * bound is for live events.
 */
export class SendBudget {
  private frames = 0;
  private bytes = 0;

  constructor(
    private readonly maxFrames: number,
    private readonly maxBytes: number,
  ) {}

  /** Counts a frame in and returns true if it fits; the first one always does. */
  tryConsume(frame: Frame): boolean {
    const { length } = frame.bytes;
    if (this.frames > 0 && (this.frames + 1 > this.maxFrames || this.bytes + length > this.maxBytes)) return false;
    this.frames += 1;
    this.bytes += length;
    return true;
  }

  /** Frees the whole budget; call it when the socket has drained. */
  reset(): void {
    this.frames = 0;
    this.bytes = 0;
  }
}
