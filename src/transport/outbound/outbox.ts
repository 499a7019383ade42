import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { type Overflow, FrameDropper, isOver } from './frame-dropper.js';
import type { Frame, FrameForm, OverflowGroup } from './frame.js';
import type { JoinedFrames } from './joined-frames.js';
import { SocketWriter } from './socket-writer.js';

export interface OutboxLimits {
  /** Frames that may wait for the socket. */
  readonly frames: number;
  /** Bytes that may wait for the socket. */
  readonly bytes: number;
}

/** Result of queueing a frame. With `full` and `closed` the outbox has not taken it. */
export type Verdict = 'queued' | 'full' | 'closed';

/** The socket that an outbox belongs to. It must close the outbox before it sends a close frame (RFC 6455 §5.5.1). */
export interface OutboxSocket {
  /** Called when a frame did not fit and dropping others did not help. The socket must end the connection. */
  onOverflow(): void;
}

/**
 * Maximum bytes of one write, unless one frame alone has more. Frames of later writes can still be dropped if the
 * kernel does not take the first.
 */
export const MAX_WRITE_BYTES = 65_536;
/** Empty list that all idle outboxes share, so that none allocates its own. Never mutated. */
const NONE: Frame[] = [];

/**
 * Queue of the frames for one socket, answers and events in one order. Bounded in frames and bytes; those that the
 * kernel has not taken yet count too. Passive: the {@link Flusher} alone fills it, writes it and acts on its verdicts.
 */
export class Outbox extends SocketWriter {
  // State of the flusher. Kept in fields, since a lookup in a set would be paid for each frame.
  isInOwnQueue = false;
  isInSharedQueue = false;
  /** Number up to which this outbox has taken batched frames. A new outbox starts at the newest frame's number. */
  seen = 0;

  private frames = NONE;
  private bytes = 0;
  private closed = false;
  private dropper: FrameDropper | undefined;
  private drained: Promise<void> | undefined;
  private onDrained: (() => void) | undefined;

  constructor(
    readonly socket: OutboxSocket,
    stream: Duplex,
    readonly form: FrameForm,
    private readonly limits: OutboxLimits,
    /** Called when the kernel has taken all bytes, or the socket has ended. */
    private readonly resumed: (outbox: Outbox) => void,
  ) {
    super(stream);
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** True if frames wait and the writer is not stalled. */
  get isReady(): boolean {
    return this.frames.length > 0 && !this.isStalled;
  }

  /** True if no frame waits, neither in this queue nor in the stream. */
  get isIdle(): boolean {
    return this.frames.length === 0 && !this.isStalled;
  }

  enqueue(frame: Frame): Verdict {
    if (this.closed) return 'closed';
    if (this.isFullFor(frame)) return 'full';
    this.append(frame);
    return 'queued';
  }

  /**
   * Queues a frame in a full outbox: drops frames that may be dropped until it fits.
   * @param onDrop called when frames are first dropped by a policy; once for each policy until the outbox is idle again
   */
  enqueueByDropping(frame: Frame, onDrop: (policy: OverflowGroup['overflow']) => void): Verdict {
    if (this.closed) return 'closed';
    if (this.isFullFor(frame) && !this.makeRoom(frame, onDrop)) return 'full';
    this.append(frame);
    return 'queued';
  }

  /**
   * Writes the frames that wait, until the kernel has not taken all bytes of a write. Returns the number of frames
   * written.
   */
  flush(joined: JoinedFrames): number {
    let written = 0;
    while (this.isReady) written += this.writeFrames(this.nextFrames(), joined);
    if (!this.isStalled) this.becomeIdle();
    return written;
  }

  /**
   * Writes a batch's joined frames past the queue. Call it only while {@link isIdle}, which keeps the order. Returns
   * the number of frames written.
   */
  write(bytes: Buffer, frames: number): number {
    if (!this.isOpen()) return 0;
    this.writeBytes(bytes, frames);
    return frames;
  }

  /** Writes the frames that wait even when stalled, and closes. Returns the number of frames written. */
  finish(joined: JoinedFrames): number {
    const written = this.frames.length === 0 ? 0 : this.writeFrames(this.takeAll(), joined);
    this.close();
    return written;
  }

  /** Drops the frames that wait. No frame is queued any more. */
  close(): void {
    this.closed = true;
    this.takeAll();
    this.becomeIdle();
  }

  /**
   * `undefined` when the kernel has taken all frames. Otherwise resolves when the kernel has, or when the outbox
   * closes; never rejects.
   */
  whenDrained(): Promise<void> | undefined {
    if (this.frames.length === 0 && (!this.isStalled || this.closed)) return undefined;
    this.drained ??= new Promise((resolve) => (this.onDrained = resolve));
    return this.drained;
  }

  protected override onResumed(): void {
    if (this.frames.length === 0) this.becomeIdle();
    this.resumed(this);
  }

  private append(frame: Frame): void {
    if (this.frames.length === 0) this.frames = [frame];
    else this.frames.push(frame);
    this.bytes += frame.bytes.length;
  }

  private isFullFor(frame: Frame): boolean {
    const waiting = this.bytes + this.backlog;
    if (waiting === 0) return false;
    const { frames, bytes } = this.limits;
    return this.frames.length + this.framesInFlight >= frames || waiting + frame.bytes.length > bytes;
  }

  private makeRoom(frame: Frame, onDrop: (policy: OverflowGroup['overflow']) => void): boolean {
    const { limits } = this;
    const excess: Overflow = {
      frames: this.frames.length + this.framesInFlight + 1 - limits.frames,
      bytes: this.bytes + this.backlog + frame.bytes.length - limits.bytes,
    };
    const before = excess.bytes;
    this.dropper ??= new FrameDropper(onDrop);
    this.dropper.makeRoom(this.frames, frame, excess);
    this.bytes -= before - excess.bytes;
    return !isOver(excess);
  }

  private takeAll(): Frame[] {
    const all = this.frames;
    this.frames = NONE;
    this.bytes = 0;
    return all;
  }

  /**
   * Takes the frames of one write: at most half of the outbox's bound, or one frame. While the kernel is slow, the
   * others can still be dropped for newer ones.
   */
  private nextFrames(): Frame[] {
    const { limits } = this;
    const maxFrames = limits.frames / 2;
    const maxBytes = Math.min(MAX_WRITE_BYTES, limits.bytes / 2);
    if (this.frames.length <= maxFrames && this.bytes <= maxBytes) return this.takeAll();
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

  private writeFrames(frames: readonly Frame[], joined: JoinedFrames): number {
    if (!this.isOpen()) return 0;
    const { dropper } = this;
    const told = dropper === undefined ? frames : frames.map((frame) => dropper.withGapNotice(frame));
    this.writeBytes(joined.bytesOf(told, 0, this.form), frames.length);
    return frames.length;
  }

  private isOpen(): boolean {
    if (!this.closed && this.isWritable) return true;
    this.close();
    return false;
  }

  private becomeIdle(): void {
    this.dropper = undefined;
    if (this.onDrained === undefined) return;
    this.onDrained();
    this.onDrained = undefined;
    this.drained = undefined;
  }
}
