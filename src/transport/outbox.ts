import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame } from './frame.js';
import { SharedBatch } from './shared-batch.js';

export interface OutboxLimits {
  /** Frames that may wait for the socket. */
  readonly frames: number;
  /** Bytes that may wait for the socket. */
  readonly bytes: number;
}

/** What became of a pushed frame. `overflow`: the bound is reached, the frame was not taken. `closed`: nobody to send to. */
export type PushVerdict = 'queued' | 'overflow' | 'closed';

/** Who calls {@link Outbox.flush} once the turn of the event loop is over. */
export interface FlushSchedule {
  schedule(outbox: Outbox): void;
  /** Frames that an outbox had to write by itself. */
  wrote(frames: number): void;
}

/** What one write held, until the kernel has taken all of it. */
interface Write {
  readonly frames: number;
  /** Bytes written to the socket up to and with this write. */
  readonly end: number;
}

/**
 * What waits to be written to one socket, in order: answers and events alike. Bounded in frames and bytes, what the
 * kernel has not yet taken included. Written once per turn of the event loop, by the flusher.
 */
export class Outbox {
  /** @internal set by the flusher: already in its queue */
  dirty = false;
  private frames: Frame[] = [];
  private bytes = 0;
  /** Frames handed to the socket that the kernel has not yet taken. */
  private inFlight = 0;
  private writes: Write[] = [];
  private bytesWritten = 0;
  private waitingForDrain = false;
  private closed = false;

  constructor(
    private readonly webSocket: WebSocket,
    /** The stream under the WebSocket: whole frames are written to it as they are. */
    private readonly socket: Duplex,
    private readonly flusher: FlushSchedule,
    private readonly limits: OutboxLimits,
    /** Window of the negotiated permessage-deflate, 0 without. */
    private readonly windowBits: number,
  ) {}

  push(frame: Frame): PushVerdict {
    if (this.closed) return 'closed';
    if (this.isOver(frame)) {
      // A burst within one turn is not a slow peer: what the kernel takes now does not count.
      this.flusher.wrote(this.flush(new SharedBatch()));
      if (this.isOver(frame)) return 'overflow';
    }
    this.frames.push(frame);
    this.bytes += frame.bytes.length;
    if (!this.waitingForDrain) this.flusher.schedule(this);
    return 'queued';
  }

  /** Hands what waits to the socket, unless the socket is still busy with what it has. Returns the frames written. */
  flush(shared: SharedBatch): number {
    return this.isBusy() ? 0 : this.write(shared);
  }

  /** Hands over what waits, busy or not, and takes nothing more. Returns the frames written. */
  finish(): number {
    const written = this.write(new SharedBatch());
    this.close();
    return written;
  }

  /** Drops what waits and takes nothing more. */
  close(): void {
    this.closed = true;
    this.frames = [];
    this.bytes = 0;
  }

  private write(shared: SharedBatch): number {
    if (this.closed || this.frames.length === 0) return 0;
    // RFC 6455 §5.5.1: no data after a close frame, and ws answers the peer's by itself.
    if (this.webSocket.readyState !== this.webSocket.OPEN) {
      this.close();
      return 0;
    }
    const frames = this.frames;
    this.frames = [];
    this.bytes = 0;
    const bytes = shared.bytesOf(frames, this.windowBits);
    const taken = this.socket.write(bytes);
    this.track(frames.length, bytes.length);
    if (!taken && !this.waitingForDrain) this.waitForDrain();
    return frames.length;
  }

  private isOver(frame: Frame): boolean {
    this.forgetTaken();
    const backlog = this.socket.writableLength;
    const waiting = this.bytes + backlog;
    if (waiting === 0) return false;
    return this.frames.length + this.inFlight >= this.limits.frames || waiting + frame.bytes.length > this.limits.bytes;
  }

  /** The stream asks for a drain by the size of a write, also when the kernel took it all at once. */
  private isBusy(): boolean {
    return this.waitingForDrain && this.socket.writableLength > 0;
  }

  private track(frames: number, bytes: number): void {
    this.bytesWritten += bytes;
    if (this.socket.writableLength > 0) {
      this.writes.push({ frames, end: this.bytesWritten });
      this.inFlight += frames;
    }
    this.forgetTaken();
  }

  private forgetTaken(): void {
    const taken = this.bytesWritten - this.socket.writableLength;
    for (let oldest = this.writes[0]; oldest !== undefined && oldest.end <= taken; oldest = this.writes[0]) {
      this.inFlight -= oldest.frames;
      this.writes.shift();
    }
  }

  private waitForDrain(): void {
    this.waitingForDrain = true;
    this.socket.once('drain', () => {
      this.waitingForDrain = false;
      if (this.frames.length > 0) this.flusher.schedule(this);
    });
  }
}
