import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Batch, Recipient } from './batch.js';
import { type Overflow, FrameDropper, isOver } from './frame-dropper.js';
import type { Frame, OverflowGroup } from './frame.js';
import type { JoinedFrames } from './joined-frames.js';
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
  readonly joinedFrames: JoinedFrames;
  /** Frames that batches keep are numbered: that of the newest. */
  readonly lastNumber: number;
  /** The outbox has something of its own to write, such as an answer. */
  scheduleOwn(outbox: Outbox): void;
  /** It has something to write that others have too, or that had to wait. */
  schedule(outbox: Outbox): void;
  /** What batches keep for it after this number, in the order in which it came. */
  lackedBy(recipient: Recipient, seen: number): Frame[];
  /** Whether any batch but this one keeps something for it after this number. */
  hasMoreFor(recipient: Recipient, seen: number, than: Batch): boolean;
  /** The kernel has left some of a write: until it has it all the outbox takes every frame at once. */
  stalled(outbox: Outbox): void;
  resumed(outbox: Outbox): void;
  /** Frames that an outbox had to write by itself. */
  wrote(frames: number): void;
  /** An outbox that had drained drops frames; told once for each policy until it has drained again. */
  dropping(policy: OverflowGroup['overflow']): void;
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
 * kernel has not yet taken included. Written at its turn, all at once, by the flusher.
 */
export class Outbox extends SocketWriter implements Recipient {
  /** @internal set by that queue of the flusher */
  isInOwnQueue = false;
  /** @internal */
  isInSharedQueue = false;
  private frames = NONE;
  private bytes = 0;
  /** It has had, or has no share in, what batches keep up to this number. */
  private seen: number;
  private closed = false;
  private dropper: FrameDropper | undefined;
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
    this.seen = flusher.lastNumber;
  }

  push(frame: Frame): boolean {
    const isTaken = this.takeAfterShared(frame);
    if (this.isReady) this.flusher.scheduleOwn(this);
    return isTaken;
  }

  deliver(frame: Frame): boolean {
    const isTaken = this.takeAfterShared(frame);
    if (this.isReady) this.flusher.schedule(this);
    return isTaken;
  }

  catchUp(): void {
    this.takeShared();
    if (this.isReady) this.flusher.schedule(this);
  }

  write(batch: Batch): number {
    const isNext = this.frames.length === 0 && !this.isStalled && batch.bytes <= MAX_WRITE_BYTES;
    if (!isNext || this.flusher.hasMoreFor(this, this.seen, batch)) return this.flush();
    const from = batch.indexAfter(this.seen);
    const count = batch.frames.length - from;
    this.seen = this.flusher.lastNumber;
    if (count === 0 || !this.isOpen()) return 0;
    this.writeBytes(batch.bytesFrom(from, this.windowBits), count);
    return count;
  }

  /** Hands what waits to the socket, until the kernel leaves some of it. Returns the frames written. */
  flush(): number {
    this.takeShared();
    let written = 0;
    while (this.frames.length > 0 && !this.isStalled) written += this.writeFrames(this.nextFrames());
    if (!this.isStalled) this.becomeIdle();
    return written;
  }

  /** Hands over what waits, stalled or not, and takes nothing more. Returns the frames written. */
  finish(): number {
    this.takeShared();
    const written = this.frames.length === 0 ? 0 : this.writeFrames(this.allFrames());
    this.close();
    return written;
  }

  /** Drops what waits and takes nothing more. */
  close(): void {
    this.closed = true;
    this.allFrames();
    this.flusher.resumed(this);
    this.becomeIdle();
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
    else this.becomeIdle();
  }

  private get isReady(): boolean {
    return this.frames.length > 0 && !this.isStalled;
  }

  private takeAfterShared(frame: Frame): boolean {
    if (this.closed) return false;
    this.takeShared();
    return this.append(frame);
  }

  /** Takes what batches keep for it. */
  private takeShared(): void {
    const { seen, flusher } = this;
    if (seen === flusher.lastNumber) return;
    // First: who is cut for one frame too many takes what there is for a last time.
    this.seen = flusher.lastNumber;
    if (this.closed) return;
    for (const frame of flusher.lackedBy(this, seen)) if (!this.append(frame)) return;
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
    const excess: Overflow = {
      frames: this.frames.length + this.framesInFlight + 1 - limits.frames,
      bytes: this.bytes + this.backlog + frame.bytes.length - limits.bytes,
    };
    const before = excess.bytes;
    this.dropper ??= new FrameDropper((policy) => this.flusher.dropping(policy));
    this.dropper.makeRoom(this.frames, frame, excess);
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
    const { dropper } = this;
    const told = dropper === undefined ? frames : frames.map((frame) => dropper.withGapNotice(frame));
    this.writeBytes(this.flusher.joinedFrames.bytesOf(told, this.windowBits), frames.length);
    return frames.length;
  }

  /** RFC 6455 §5.5.1: no data after a close frame, and ws answers the peer's by itself. */
  private isOpen(): boolean {
    if (!this.closed && this.webSocket.readyState === this.webSocket.OPEN) return true;
    this.close();
    return false;
  }

  /** Nothing waits any more. */
  private becomeIdle(): void {
    this.dropper = undefined;
    if (this.onDrained === undefined) return;
    this.onDrained();
    this.onDrained = undefined;
    this.drained = undefined;
  }
}
