import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';

const NOTHING = Buffer.alloc(0);

/** Hands whole frames to the stream under a WebSocket, and knows when the kernel has not taken them. */
export abstract class SocketWriter {
  private stalled = false;
  private inFlight = 0;

  constructor(private readonly socket: Duplex) {}

  /** The kernel has left some of the last write. */
  protected get isStalled(): boolean {
    return this.stalled;
  }

  /** Frames of the writes of which it has left some. */
  protected get framesInFlight(): number {
    return this.inFlight;
  }

  /** Bytes that it has left. */
  protected get backlog(): number {
    return this.stalled ? this.socket.writableLength : 0;
  }

  protected hand(bytes: Buffer, frames: number): void {
    this.socket.write(bytes);
    if (this.socket.writableLength === 0) return;
    this.inFlight += frames;
    if (this.stalled) return;
    this.stalled = true;
    this.onStalled();
    // `drain` comes only after more than the high-water mark, and a callback for every write costs 0.8 µs each (Node 20).
    this.socket.write(NOTHING, () => {
      this.stalled = false;
      this.inFlight = 0;
      this.onResumed();
    });
  }

  protected abstract onStalled(): void;

  /** The kernel has all of it, or the socket has ended. */
  protected abstract onResumed(): void;
}
