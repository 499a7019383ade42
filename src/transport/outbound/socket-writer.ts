import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { type WritableState, descriptorOf, writableStateOf, writeDirectly } from './direct-write.js';

/**
 * Hands whole frames to the kernel, past the stream under a WebSocket where that is plain TCP, and knows when it has not
 * taken them: what it leaves waits in the stream.
 */
export abstract class SocketWriter {
  private readonly state: WritableState;
  private readonly descriptor: number;
  private stalled = false;
  private inFlight = 0;
  private written = 0;
  /** Writes that the stream has not yet called back for. */
  private writes = 0;

  constructor(private readonly socket: Duplex) {
    this.state = writableStateOf(socket);
    this.descriptor = descriptorOf(socket);
  }

  /** Frames that were written over so far. */
  get framesWritten(): number {
    return this.written;
  }

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

  protected writeBytes(bytes: Buffer, frames: number): void {
    this.written += frames;
    const isDirect = this.descriptor >= 0 && !this.state.destroyed && this.state.length === 0;
    const taken = isDirect ? writeDirectly(this.descriptor, bytes) : 0;
    if (taken < bytes.length) this.writeToStream(taken === 0 ? bytes : bytes.subarray(taken), frames);
  }

  protected abstract onStalled(): void;

  /** The kernel has all of it, or the socket has ended. */
  protected abstract onResumed(): void;

  private writeToStream(bytes: Buffer, frames: number): void {
    this.writes += 1;
    // Its own word for it, `drain`, comes only after more than the high-water mark.
    this.socket.write(bytes, () => this.onWritten());
    if (this.socket.writableLength === 0) return;
    this.inFlight += frames;
    if (this.stalled) return;
    this.stalled = true;
    this.onStalled();
  }

  private onWritten(): void {
    this.writes -= 1;
    if (this.writes > 0 || !this.stalled) return;
    this.stalled = false;
    this.inFlight = 0;
    this.onResumed();
  }
}
