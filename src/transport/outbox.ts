import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Batch, Recipient } from './batch.js';
import type { Frame, Lane } from './frame.js';
import type { JoinedFrames } from './joined-frames.js';
import { type Excess, Losses, isOver } from './losses.js';
import { SocketWriter } from './socket-writer.js';

export interface OutboxLimits {
  /** Frames that may wait for the socket. */
  readonly frames: number;
  /** Bytes that may wait for the socket. */
  readonly bytes: number;
}

/** Who calls {@link Outbox.flush} once the turn of the event loop is over, and hears what happens in between. */
export interface FlushSchedule {
  readonly limits: OutboxLimits;
  readonly joined: JoinedFrames;
  schedule(outbox: Outbox): void;
  /** Hands over what batches keep for the outbox. */
  catchUp(outbox: Outbox): void;
  /** The kernel has left some of a write: until it has it all the outbox takes every frame at once. */
  stalled(outbox: Outbox): void;
  resumed(outbox: Outbox): void;
  /** Frames that an outbox had to write by itself. */
  wrote(frames: number): void;
  /** An outbox that had drained drops frames; told once for each policy until it has drained again. */
  dropping(policy: Lane['overflow']): void;
}

/** Who has the socket, and ends it when a frame does not fit. */
export interface OutboxOwner {
  overflowed(): void;
}

/** More than this goes to the socket in several writes: the kernel leaves little then, and the rest can still be dropped. */
const MAX_WRITE_BYTES = 65_536;
/** Nobody pushes to it: an outbox in which nothing waits has no list of its own. */
const NONE: Frame[] = [];

/**
 * What waits to be written to one socket, in order: answers and events alike. Bounded in frames and bytes, what the
 * kernel has not yet taken included. Written once per turn of the event loop, by the flusher.
 */
export class Outbox extends SocketWriter implements Recipient {
  /** @internal set by the flusher: already in its queue */
  dirty = false;
  private frames = NONE;
  private bytes = 0;
  /** The last batch that it looked into, and how many frames of it are done with. */
  private batch = 0;
  private batchFrames = 0;
  private closed = false;
  private losses: Losses | undefined;
  private drained: Promise<void> | undefined;
  private onDrained: (() => void) | undefined;

  constructor(
    private readonly webSocket: WebSocket,
    /** The stream under the WebSocket: whole frames are written to it as they are. */
    socket: Duplex,
    private readonly flusher: FlushSchedule,
    private readonly owner: OutboxOwner,
    /** Window of the negotiated permessage-deflate, 0 without. */
    private readonly windowBits: number,
  ) {
    super(socket);
  }

  push(frame: Frame): boolean {
    if (this.closed) return false;
    this.flusher.catchUp(this);
    return this.append(frame);
  }

  hold(batch: Batch): void {
    if (this.batch > batch.id) return;
    const { frames } = batch;
    let at = this.batch === batch.id ? this.batchFrames : 0;
    this.pass(batch);
    while (at < frames.length && this.append(frames[at] as Frame)) at += 1;
  }

  write(batch: Batch): number {
    const isNext = this.batch < batch.id && this.frames.length === 0 && !this.isStalled;
    if (!isNext || batch.bytes > MAX_WRITE_BYTES) {
      this.hold(batch);
      return this.flush();
    }
    this.pass(batch);
    if (!this.isOpen()) return 0;
    this.hand(batch.bytesFor(this.windowBits), batch.frames.length);
    return batch.frames.length;
  }

  catchUp(): void {
    this.flusher.catchUp(this);
  }

  /** It has had, or has no share in, this batch as it is now and all before. */
  pass(batch: Batch): void {
    this.batch = batch.id;
    this.batchFrames = batch.frames.length;
  }

  /** Hands what waits to the socket, until the kernel leaves some of it. Returns the frames written. */
  flush(): number {
    let written = 0;
    while (this.frames.length > 0 && !this.isStalled) written += this.writeFrames(this.nextFrames());
    if (!this.isStalled) this.settle();
    return written;
  }

  /** Hands over what waits, stalled or not, and takes nothing more. Returns the frames written. */
  finish(): number {
    this.catchUp();
    const written = this.frames.length === 0 ? 0 : this.writeFrames(this.allFrames());
    this.close();
    return written;
  }

  /** Drops what waits and takes nothing more. */
  close(): void {
    this.closed = true;
    this.allFrames();
    this.flusher.resumed(this);
    this.settle();
  }

  /** `undefined` when the kernel has all there was; else resolves when it has, or when the outbox closes. Never rejects. */
  whenDrained(): Promise<void> | undefined {
    this.catchUp();
    if (this.frames.length === 0 && (!this.isStalled || this.closed)) return undefined;
    this.drained ??= new Promise((resolve) => (this.onDrained = resolve));
    return this.drained;
  }

  protected override onStalled(): void {
    if (!this.closed) this.flusher.stalled(this);
  }

  protected override onResumed(): void {
    this.flusher.resumed(this);
    if (this.frames.length > 0) this.flusher.schedule(this);
    else this.settle();
  }

  private append(frame: Frame): boolean {
    if (this.closed) return false;
    if (this.isFullFor(frame) && !this.makeRoom(frame)) {
      if (!this.closed) this.owner.overflowed();
      return false;
    }
    if (this.frames.length === 0) this.frames = [frame];
    else this.frames.push(frame);
    this.bytes += frame.bytes.length;
    if (!this.isStalled) this.flusher.schedule(this);
    return true;
  }

  private isFullFor(frame: Frame): boolean {
    const waiting = this.bytes + this.backlog;
    if (waiting === 0) return false;
    const { frames, bytes } = this.flusher.limits;
    return this.frames.length + this.framesInFlight >= frames || waiting + frame.bytes.length > bytes;
  }

  private makeRoom(frame: Frame): boolean {
    // A burst within one turn is not a slow peer: what the kernel takes now does not count.
    this.flusher.wrote(this.flush());
    if (this.closed) return false;
    if (!this.isFullFor(frame)) return true;
    const { limits } = this.flusher;
    const excess: Excess = {
      frames: this.frames.length + this.framesInFlight + 1 - limits.frames,
      bytes: this.bytes + this.backlog + frame.bytes.length - limits.bytes,
    };
    const before = excess.bytes;
    this.losses ??= new Losses((policy) => this.flusher.dropping(policy));
    this.losses.makeRoom(this.frames, frame, excess);
    this.bytes -= before - excess.bytes;
    return !isOver(excess);
  }

  private allFrames(): Frame[] {
    const all = this.frames;
    this.frames = NONE;
    this.bytes = 0;
    return all;
  }

  /** The frames of one write: never all that the bound allows, so that newer ones find something to replace. */
  private nextFrames(): Frame[] {
    const { limits } = this.flusher;
    const maxFrames = limits.frames / 2;
    const maxBytes = Math.min(MAX_WRITE_BYTES, limits.bytes / 2);
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

  private writeFrames(frames: readonly Frame[]): number {
    if (!this.isOpen()) return 0;
    const { losses } = this;
    const told = losses === undefined ? frames : frames.map((frame) => losses.told(frame));
    this.hand(this.flusher.joined.bytesOf(told, this.windowBits), frames.length);
    return frames.length;
  }

  /** RFC 6455 §5.5.1: no data after a close frame, and ws answers the peer's by itself. */
  private isOpen(): boolean {
    if (!this.closed && this.webSocket.readyState === this.webSocket.OPEN) return true;
    this.close();
    return false;
  }

  /** Nothing waits any more. */
  private settle(): void {
    this.losses = undefined;
    if (this.onDrained === undefined) return;
    this.onDrained();
    this.onDrained = undefined;
    this.drained = undefined;
  }
}
