import type { Frame } from '../../transport/index.js';

/**
 * Flow control for a recovery: bounds what a socket is handed before it drains. The rest of its outbox is for live
 * events.
 */
export class SendBudget {
  private frames = 0;
  private bytes = 0;

  constructor(
    private readonly maxFrames: number,
    private readonly maxBytes: number,
  ) {}

  /** Counts a frame in, if it fits; the first one always does. */
  tryConsume(frame: Frame): boolean {
    const { length } = frame.bytes;
    if (this.frames > 0 && (this.frames + 1 > this.maxFrames || this.bytes + length > this.maxBytes)) return false;
    this.frames += 1;
    this.bytes += length;
    return true;
  }

  /** The socket has drained. */
  reset(): void {
    this.frames = 0;
    this.bytes = 0;
  }
}
