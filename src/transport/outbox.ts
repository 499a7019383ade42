import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Frame, Lane } from './frame.js';
import { type Excess, Losses, isOver } from './losses.js';
import { SharedBatch } from './shared-batch.js';

export interface OutboxLimits {
  /** Frames that may wait for the socket. */
  readonly frames: number;
  /** Bytes that may wait for the socket. */
  readonly bytes: number;
}

/** What became of a pushed frame. `overflow`: the bound is reached, the frame was not taken. `closed`: nobody to send to. */
export type PushVerdict = 'queued' | 'overflow' | 'closed';

/** Who calls {@link Outbox.flush} once the turn of the event loop is over, and hears what happens in between. */
export interface FlushSchedule {
  schedule(outbox: Outbox): void;
  /** Frames that an outbox had to write by itself. */
  wrote(frames: number): void;
  /** An outbox that had drained drops frames; told once for each policy until it has drained again. */
  dropping(policy: Lane['overflow']): void;
}

/** More than this goes to the socket in several writes: what the kernel then leaves is short, the rest can still be dropped. */
const MAX_WRITE_BYTES = 65_536;

/**
 * What waits to be written to one socket, in order: answers and events alike. Bounded in frames and bytes, what the
 * kernel has not yet taken included. Written once per turn of the event loop, by the flusher.
 */
export class Outbox {
  /** @internal set by the flusher: already in its queue */
  dirty = false;
  private frames: Frame[] = [];
  private bytes = 0;
  /** The kernel has left some of the last write; nothing more is handed over until it has all of it. */
  private stalled = false;
  /** Frames of that write. */
  private inFlight = 0;
  /** Writes that the stream has not yet called back for. */
  private writes = 0;
  private closed = false;
  private losses: Losses | undefined;
  private drained: Promise<void> | undefined;
  private onDrained: (() => void) | undefined;

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
    if (this.isFullFor(frame) && !this.makeRoom(frame)) return this.closed ? 'closed' : 'overflow';
    this.frames.push(frame);
    this.bytes += frame.bytes.length;
    if (!this.stalled) this.flusher.schedule(this);
    return 'queued';
  }

  /** Hands what waits to the socket, until the kernel leaves some of it. Returns the frames written. */
  flush(shared: SharedBatch): number {
    let written = 0;
    while (this.frames.length > 0 && !this.stalled) written += this.write(this.nextFrames(), shared);
    if (!this.stalled) this.settle();
    return written;
  }

  /** Hands over what waits, stalled or not, and takes nothing more. Returns the frames written. */
  finish(): number {
    const written = this.frames.length === 0 ? 0 : this.write(this.allFrames(), new SharedBatch());
    this.close();
    return written;
  }

  /** Drops what waits and takes nothing more. */
  close(): void {
    this.closed = true;
    this.allFrames();
    this.settle();
  }

  /** `undefined` when the kernel has all there was; else resolves when it has, or when the outbox closes. Never rejects. */
  whenDrained(): Promise<void> | undefined {
    if (this.frames.length === 0 && (!this.stalled || this.closed)) return undefined;
    this.drained ??= new Promise((resolve) => (this.onDrained = resolve));
    return this.drained;
  }

  private isFullFor(frame: Frame): boolean {
    const waiting = this.bytes + this.backlog();
    if (waiting === 0) return false;
    return this.frames.length + this.inFlight >= this.limits.frames || waiting + frame.bytes.length > this.limits.bytes;
  }

  private makeRoom(frame: Frame): boolean {
    // A burst within one turn is not a slow peer: what the kernel takes now does not count.
    this.flusher.wrote(this.flush(new SharedBatch()));
    if (this.closed) return false;
    if (!this.isFullFor(frame)) return true;
    const excess: Excess = {
      frames: this.frames.length + this.inFlight + 1 - this.limits.frames,
      bytes: this.bytes + this.backlog() + frame.bytes.length - this.limits.bytes,
    };
    const before = excess.bytes;
    this.losses ??= new Losses((policy) => this.flusher.dropping(policy));
    this.losses.makeRoom(this.frames, frame, excess);
    this.bytes -= before - excess.bytes;
    return !isOver(excess);
  }

  /** Bytes that the kernel has left. Asked of the stream only where there may be any: the getter costs as much as a push. */
  private backlog(): number {
    return this.stalled ? this.socket.writableLength : 0;
  }

  private allFrames(): Frame[] {
    const all = this.frames;
    this.frames = [];
    this.bytes = 0;
    return all;
  }

  /** The frames of one write: never all that the bound allows, so that newer ones find something to replace. */
  private nextFrames(): Frame[] {
    const maxFrames = this.limits.frames / 2;
    const maxBytes = Math.min(MAX_WRITE_BYTES, this.limits.bytes / 2);
    if (this.frames.length <= maxFrames && this.bytes <= maxBytes) return this.allFrames();
    let count = 0;
    let bytes = 0;
    for (const frame of this.frames) {
      if (count > 0 && (count + 1 > maxFrames || bytes + frame.bytes.length > maxBytes)) break;
      count += 1;
      bytes += frame.bytes.length;
    }
    this.bytes -= bytes;
    return this.frames.splice(0, count);
  }

  private write(frames: Frame[], shared: SharedBatch): number {
    // RFC 6455 §5.5.1: no data after a close frame, and ws answers the peer's by itself.
    if (this.closed || this.webSocket.readyState !== this.webSocket.OPEN) {
      this.close();
      return 0;
    }
    const { losses } = this;
    const told = losses === undefined ? frames : frames.map((frame) => losses.told(frame));
    this.writes += 1;
    this.socket.write(shared.bytesOf(told, this.windowBits), this.onTaken);
    if (this.socket.writableLength > 0) {
      this.stalled = true;
      this.inFlight += frames.length;
    }
    return frames.length;
  }

  /** The stream's own word for it, `drain`, comes only after more than its high-water mark. */
  private readonly onTaken = (): void => {
    this.writes -= 1;
    if (this.writes > 0 || !this.stalled) return;
    this.stalled = false;
    this.inFlight = 0;
    if (this.frames.length > 0) this.flusher.schedule(this);
    else this.settle();
  };

  /** Nothing waits any more. */
  private settle(): void {
    if (this.losses !== undefined) this.losses = undefined;
    if (this.drained === undefined) return;
    this.onDrained?.();
    this.onDrained = undefined;
    this.drained = undefined;
  }
}
