import type { Duplex } from 'node:stream';
import { Audience } from './audience.js';
import type { Batch } from './batch.js';
import { Batches } from './batches.js';
import type { Frame, FrameForm, OverflowGroup } from './frame.js';
import { JoinedFrames } from './joined-frames.js';
import { OutboxQueue } from './outbox-queue.js';
import { MAX_WRITE_BYTES, Outbox, type OutboxLimits, type OutboxSocket } from './outbox.js';

/** Duration of a slice: a flush holds the event loop for about this long, then continues in the next turn. */
const SLICE_MS = 5;
/** Sockets written between two reads of the clock: one read costs as much as a short write. */
const SOCKETS_PER_CLOCK_READ = 32;

/** Receives the flusher's counters. */
export interface FlushReport {
  /**
   * Called after each slice that wrote frames, and for frames written early: for a full outbox, a full batch, or a
   * socket that closes.
   */
  messagesSent(frames: number): void;
  /** Called when an outbox first drops frames by a policy; once for each policy until the outbox has drained. */
  slowConsumer(policy: OverflowGroup['overflow']): void;
}

export interface SliceObserver {
  /** Called after each slice: audiences may have room for frames again. */
  onSliceWritten(): void;
}

/**
 * Writes the frames of one turn of the event loop at its end: one write for each socket, in slices, so that a broadcast
 * to ten thousand sockets does not block the event loop. The only caller of the outboxes.
 *
 * Three sources take turns: outboxes with frames of their own, outboxes with frames of small audiences, and the batches
 * of large audiences. At its turn an outbox takes its frames of all three, so each socket has one order.
 */
export class Flusher {
  private readonly own = new OutboxQueue('isInOwnQueue');
  private readonly shared = new OutboxQueue('isInSharedQueue');
  private readonly batches: Batches;
  private readonly joined = new JoinedFrames();
  /**
   * Outboxes under backpressure. They take each broadcast frame at once, within their own bounds, so that they hold up
   * no batch.
   */
  private readonly stalled = new Set<Outbox>();
  private readonly observers: SliceObserver[] = [];
  private scheduled = false;

  constructor(
    private readonly report: FlushReport,
    private readonly limits: OutboxLimits,
    /** Runs a slice once the turn of the event loop is over. */
    private readonly schedule: (slice: () => void) => void = setImmediate,
  ) {
    this.batches = new Batches(limits);
  }

  /** Notifies the observers after each slice, in this order. */
  observe(...observers: readonly SliceObserver[]): void {
    this.observers.push(...observers);
  }

  /**
   * @param stream the stream under the WebSocket; only whole frames are written to it
   * @param form form of the frames that the socket gets
   */
  createOutbox(socket: OutboxSocket, stream: Duplex, form: FrameForm): Outbox {
    const outbox = new Outbox(socket, stream, form, this.limits, this.onResumed);
    outbox.seen = this.batches.lastNumber;
    return outbox;
  }

  createAudience<M>(): Audience<M> {
    return new Audience(this.catchUp);
  }

  /** Queues a frame for one outbox, behind all earlier frames. Returns false if the peer does not get the frame. */
  push(outbox: Outbox, frame: Frame): boolean {
    this.takeMissed(outbox);
    const isQueued = this.enqueue(outbox, frame);
    if (outbox.isReady && this.own.add(outbox)) this.scheduleSlice();
    return isQueued;
  }

  /**
   * Queues a frame for each outbox of an audience, behind all earlier frames. Returns how many outboxes take the frame.
   */
  broadcast(frame: Frame, audience: Audience<unknown>): number {
    const batch = this.batches.add(frame, audience);
    if (batch === undefined) return this.pushToEach(frame, audience.outboxes());
    return this.begin(batch);
  }

  /** Does the same for all outboxes of an audience but these, which never get the frame. */
  broadcastExcept(frame: Frame, audience: Audience<unknown>, excluded: ReadonlySet<Outbox>): number {
    for (const outbox of excluded) this.takeMissed(outbox);
    const batch = this.batches.add(frame, audience);
    if (batch === undefined) return this.pushToEach(frame, outboxesBut(excluded, audience));
    // In the turn of `add`, before any of them can take it: they had all frames before this one.
    for (const outbox of excluded) outbox.seen = this.batches.lastNumber;
    const taken = this.begin(batch);
    return taken - [...excluded].filter((outbox) => audience.has(outbox)).length;
  }

  /** True if a further frame for the audience may wait. Otherwise publishers should wait for a slice. */
  hasRoomFor(audience: Audience<unknown>): boolean {
    return this.batches.hasRoomFor(audience);
  }

  /** See {@link Outbox.whenDrained}. */
  whenDrained(outbox: Outbox): Promise<void> | undefined {
    this.catchUp(outbox);
    return outbox.whenDrained();
  }

  /** Writes the frames that wait for the outbox even under backpressure, and closes it. */
  finish(outbox: Outbox): void {
    this.takeMissed(outbox);
    this.count(outbox.finish(this.joined));
    this.stalled.delete(outbox);
  }

  /** Drops the frames that wait for the outbox, and closes it. */
  close(outbox: Outbox): void {
    outbox.close();
    this.stalled.delete(outbox);
  }

  /** Copies the frames that batches keep for the outbox into it. Afterwards its membership of audiences may change. */
  private readonly catchUp = (outbox: Outbox): void => {
    this.takeMissed(outbox);
    if (outbox.isReady) this.scheduleShared(outbox);
  };

  private readonly onResumed = (outbox: Outbox): void => {
    this.stalled.delete(outbox);
    if (outbox.isReady) this.scheduleShared(outbox);
  };

  private readonly onDrop = (policy: OverflowGroup['overflow']): void => {
    this.report.slowConsumer(policy);
  };

  /** Begins to write a batch that has got a frame. Returns how many outboxes take it. */
  private begin(batch: Batch): number {
    const { audience } = batch;
    this.scheduleSlice();
    // An outbox that overflows here ends its connection, which leaves the audience and so is not counted below.
    for (const outbox of this.stalled) if (audience.has(outbox)) this.catchUp(outbox);
    if (this.batches.isOverBound(batch)) this.writeNow(batch);
    return audience.size;
  }

  private pushToEach(frame: Frame, outboxes: Iterable<Outbox>): number {
    let queued = 0;
    for (const outbox of outboxes) {
      this.takeMissed(outbox);
      if (this.enqueue(outbox, frame)) queued += 1;
      if (outbox.isReady) this.scheduleShared(outbox);
    }
    return queued;
  }

  private takeMissed(outbox: Outbox): void {
    const { batches } = this;
    if (outbox.seen === batches.lastNumber) return;
    const missed = outbox.isClosed ? [] : batches.missedBy(outbox);
    // Set before the frames are queued: an overflow ends the connection, whose `finish` takes the missed frames again.
    outbox.seen = batches.lastNumber;
    for (const frame of missed) if (!this.enqueue(outbox, frame)) return;
  }

  private enqueue(outbox: Outbox, frame: Frame): boolean {
    const verdict = outbox.enqueue(frame);
    if (verdict !== 'full') return verdict === 'queued';
    // A burst within one turn does not make a slow peer. So the waiting frames are offered to the kernel before any is
    // dropped.
    this.count(this.flushed(outbox));
    const second = outbox.enqueueByDropping(frame, this.onDrop);
    if (second === 'full') outbox.socket.onOverflow();
    return second === 'queued';
  }

  private flush(outbox: Outbox): number {
    this.takeMissed(outbox);
    return this.flushed(outbox);
  }

  private flushed(outbox: Outbox): number {
    const written = outbox.flush(this.joined);
    if (outbox.isStalled && !outbox.isClosed) this.stalled.add(outbox);
    return written;
  }

  private count(frames: number): void {
    if (frames > 0) this.report.messagesSent(frames);
  }

  private scheduleShared(outbox: Outbox): void {
    if (this.shared.add(outbox)) this.scheduleSlice();
  }

  private scheduleSlice(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.schedule(this.writeSlice);
  }

  private get hasMore(): boolean {
    return this.batches.size > 0 || this.own.size > 0 || this.shared.size > 0;
  }

  private readonly writeSlice = (): void => {
    this.scheduled = false;
    const until = performance.now() + SLICE_MS;
    let written = 0;
    do written += this.writeQueued(this.own) + this.writeQueued(this.shared) + this.writeNextBatch();
    while (this.hasMore && performance.now() <= until);
    this.joined.clear();
    this.count(written);
    for (const observer of this.observers) observer.onSliceWritten();
    if (this.hasMore) this.scheduleSlice();
  };

  /**
   * Gives a turn to at most as many outboxes as waited at the start. Outboxes that are queued meanwhile wait for the
   * next call.
   */
  private writeQueued(queue: OutboxQueue): number {
    let written = 0;
    for (let left = Math.min(SOCKETS_PER_CLOCK_READ, queue.size); left > 0; left -= 1) {
      const outbox = queue.next();
      if (outbox !== undefined) written += this.flush(outbox);
    }
    return written;
  }

  private writeNextBatch(): number {
    const batch = this.batches.next();
    if (batch === undefined) return 0;
    const written = this.walk(batch);
    if (batch.frames.length === 0) this.batches.retire(batch);
    return written;
  }

  private writeNow(batch: Batch): void {
    let written = 0;
    while (this.batches.isOverBound(batch)) written += this.walk(batch);
    if (batch.frames.length === 0) this.batches.retire(batch);
    this.count(written);
  }

  /** Gives the next outboxes of a batch their turn, at most to the end of the round. */
  private walk(batch: Batch): number {
    let written = 0;
    for (let left = SOCKETS_PER_CLOCK_READ; left > 0; left -= 1) {
      const outbox = batch.next();
      if (outbox === undefined) break;
      written += this.writeTurn(outbox, batch);
    }
    return written;
  }

  /**
   * Writes the frames that the outbox has not taken yet. If they are all of this batch, outboxes share one joined
   * buffer.
   */
  private writeTurn(outbox: Outbox, batch: Batch): number {
    const { batches } = this;
    const isOnlyBatch = outbox.isIdle && batch.bytes <= MAX_WRITE_BYTES && !batches.hasMoreFor(outbox, batch);
    if (!isOnlyBatch) return this.flush(outbox);
    const from = batch.indexAfter(outbox.seen);
    const count = batch.frames.length - from;
    outbox.seen = batches.lastNumber;
    if (count === 0) return 0;
    const written = outbox.write(this.joined.bytesOf(batch.frames, from, outbox.form), count);
    if (outbox.isStalled) this.stalled.add(outbox);
    return written;
  }
}

/** Iterates live, as `Audience.outboxes` does. */
function* outboxesBut(excluded: ReadonlySet<Outbox>, audience: Audience<unknown>): Iterable<Outbox> {
  for (const outbox of audience.outboxes()) if (!excluded.has(outbox)) yield outbox;
}
