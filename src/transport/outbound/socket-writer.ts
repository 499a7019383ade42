import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { type WritableState, descriptorOf, writableStateOf, writeDirectly } from './direct-write.js';

/**
 * Writes whole frames to the kernel. Over plain TCP it bypasses the stream under the WebSocket. Bytes that the kernel
 * does not take wait in the stream; until the kernel has taken them, the writer is stalled (backpressure).
 */
export abstract class SocketWriter {
  private readonly state: WritableState;
  private readonly descriptor: number;
  private stalled = false;
  private inFlight = 0;
  private written = 0;
  /** Writes that the stream has not yet called back for. */
  private writes = 0;

  constructor(private readonly stream: Duplex) {
    this.state = writableStateOf(stream);
    this.descriptor = descriptorOf(stream);
  }

  /** Frames written so far. */
  get framesWritten(): number {
    return this.written;
  }

  /** True while bytes wait in the stream that the kernel has not taken. */
  get isStalled(): boolean {
    return this.stalled;
  }

  /** True if the stream accepts writes: it is neither ended nor destroyed. */
  protected get isWritable(): boolean {
    return !this.state.destroyed && !this.state.ending;
  }

  /** Frames of the writes since the writer stalled. The kernel may have taken some of them. */
  protected get framesInFlight(): number {
    return this.inFlight;
  }

  /** Bytes that the kernel has not taken. */
  protected get backlog(): number {
    return this.stalled ? this.stream.writableLength : 0;
  }

  protected writeBytes(bytes: Buffer, frames: number): void {
    this.written += frames;
    const isDirect = this.descriptor >= 0 && !this.state.destroyed && this.state.length === 0;
    const taken = isDirect ? writeDirectly(this.descriptor, bytes) : 0;
    if (taken < bytes.length) this.writeToStream(taken === 0 ? bytes : bytes.subarray(taken), frames);
  }

  /** Called when the kernel has taken everything, or the socket has ended. */
  protected abstract onResumed(): void;

  private writeToStream(bytes: Buffer, frames: number): void {
    this.writes += 1;
    // Waits for the write's callback, not for `drain`, which comes only after the high-water mark. Fewer bytes stall
    // the writer too.
    this.stream.write(bytes, () => this.onWritten());
    if (this.stream.writableLength === 0) return;
    this.inFlight += frames;
    this.stalled = true;
  }

  private onWritten(): void {
    this.writes -= 1;
    if (this.writes > 0 || !this.stalled) return;
    this.stalled = false;
    this.inFlight = 0;
    this.onResumed();
  }
}
