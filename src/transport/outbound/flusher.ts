import { Batch, type Recipient, type Recipients, inOrder } from './batch.js';
import type { Frame, OverflowGroup } from './frame.js';
import { JoinedFrames } from './joined-frames.js';
import { OutboxQueue } from './outbox-queue.js';
import type { FlushSchedule, Outbox, OutboxLimits } from './outbox.js';

/** One flush holds the event loop at most about this long, then lets it turn. */
const SLICE_MS = 5;
/** Reading the clock per socket would cost as much as a short write. */
const SOCKETS_PER_CLOCK_READ = 32;
/** For fewer recipients a batch costs more than it saves; the more batches there are, the more it has to save. */
const MIN_BATCH_RECIPIENTS = 8;
/** Shares of the bound of an outbox; the rest is for what a socket has of its own. */
const FIRST_ROUND = 1 / 2;
const NEXT_ROUND = 1 / 4;
/** More frames than this in one write save next to nothing. */
const FRAMES_OF_A_WRITE = 64;
const BYTES_OF_A_WRITE = 65_536;

/** Who counts. */
export interface FlushReport {
  /** At most once per slice, and when more had to be written at once. */
  messagesSent(frames: number): void;
  slowConsumer(policy: OverflowGroup['overflow']): void;
}

/**
 * Writes what came since the last turn of the event loop: one write for each socket, in the order in which it came, in
 * slices, so that a broadcast to ten thousand sockets does not hold up everything else. Three take turns: sockets with
 * something of their own, sockets that were given frames of small audiences, and large audiences, whose frames are kept
 * once for all, as a batch each. A socket takes at its turn all there is for it, so it has one order over all of them.
 */
export class Flusher implements FlushSchedule {
  joinedFrames = new JoinedFrames();
  lastNumber = 0;
  /** Called when some has been written: there may be room again. */
  afterSlice: () => void = () => {};
  private readonly own = new OutboxQueue('isInOwnQueue');
  private readonly shared = new OutboxQueue('isInSharedQueue');
  /** One for each audience, that whose turn is next first. */
  private readonly batches: Batch[] = [];
  private scheduled = false;
  private readonly stalledOutboxes = new Set<Outbox>();
  /** What may wait for an audience of which nobody had a turn yet: a burst. */
  private readonly firstRound: OutboxLimits;
  /** What may wait for the next round. */
  private readonly nextRound: OutboxLimits;

  constructor(
    private readonly report: FlushReport,
    readonly limits: OutboxLimits,
  ) {
    const { frames, bytes } = limits;
    this.firstRound = { frames: frames * FIRST_ROUND, bytes: bytes * FIRST_ROUND };
    this.nextRound = {
      frames: Math.min(frames * NEXT_ROUND, FRAMES_OF_A_WRITE),
      bytes: Math.min(bytes * NEXT_ROUND, BYTES_OF_A_WRITE),
    };
  }

  /** Sends a frame to each of them, after all that came before. Returns how many take it. */
  broadcast(frame: Frame, recipients: Recipients): number {
    const batch = this.batchFor(recipients);
    if (batch === undefined) return deliverToEach(frame, recipients);
    this.lastNumber += 1;
    batch.add(this.lastNumber, frame);
    // For them it may be one frame too many, or cost an older one. Who is cut leaves the recipients.
    for (const outbox of this.stalledOutboxes) if (recipients.includes(outbox)) outbox.catchUp();
    if (this.isOverBound(batch)) this.writeNow(batch);
    return recipients.size;
  }

  /**
   * Whether a further frame for them may wait. What they have still to be given may be half the bound of an outbox, as long
   * as none of them had its turn; from then on as much as one write takes, so that none of them lags by more than two rounds.
   */
  hasRoomFor(recipients: Recipients): boolean {
    const batch = this.batchOf(recipients);
    if (batch === undefined) return true;
    const { frames, bytes } = batch.isFresh ? this.firstRound : this.nextRound;
    return batch.framesOfNextRound < frames && batch.bytesOfNextRound < bytes;
  }

  scheduleOwn(outbox: Outbox): void {
    if (this.own.add(outbox)) this.scheduleSlice();
  }

  schedule(outbox: Outbox): void {
    if (this.shared.add(outbox)) this.scheduleSlice();
  }

  lackedBy(recipient: Recipient, seen: number): Frame[] {
    const shares = this.batches.filter((batch) => batch.last > seen && batch.recipients.includes(recipient));
    const [only] = shares;
    if (only === undefined) return [];
    return shares.length === 1 ? only.after(seen) : inOrder(shares, seen);
  }

  hasMoreFor(recipient: Recipient, seen: number, than: Batch): boolean {
    if (this.batches.length === 1) return false;
    return this.batches.some((batch) => batch !== than && batch.last > seen && batch.recipients.includes(recipient));
  }

  stalled(outbox: Outbox): void {
    this.stalledOutboxes.add(outbox);
  }

  resumed(outbox: Outbox): void {
    this.stalledOutboxes.delete(outbox);
  }

  wrote(frames: number): void {
    if (frames > 0) this.report.messagesSent(frames);
  }

  dropping(policy: OverflowGroup['overflow']): void {
    this.report.slowConsumer(policy);
  }

  private batchOf(recipients: Recipients): Batch | undefined {
    return this.batches.find((batch) => batch.recipients === recipients);
  }

  /** The one that there is, or a new one where it pays. */
  private batchFor(recipients: Recipients): Batch | undefined {
    const { batches } = this;
    const known = this.batchOf(recipients);
    if (known !== undefined) return known;
    // At a socket's turn each batch is asked whether it has something for it.
    if (recipients.size < MIN_BATCH_RECIPIENTS * (1 + batches.length) ** 2) return undefined;
    const batch = new Batch(recipients);
    batches.push(batch);
    this.scheduleSlice();
    return batch;
  }

  /** Nobody who publishes waited for room. A frame that is large by itself can wait as well as any. */
  private isOverBound({ frames, bytes }: Batch): boolean {
    const { limits } = this;
    const share = FIRST_ROUND + NEXT_ROUND;
    return frames.length > 1 && (frames.length > limits.frames * share || bytes > limits.bytes * share);
  }

  private writeNow(batch: Batch): void {
    let written = 0;
    while (this.isOverBound(batch)) written += this.walk(batch);
    if (batch.frames.length === 0) this.retire(batch);
    this.wrote(written);
  }

  private retire(batch: Batch): void {
    const at = this.batches.indexOf(batch);
    if (at >= 0) this.batches.splice(at, 1);
  }

  private get hasMore(): boolean {
    return this.batches.length > 0 || this.own.size > 0 || this.shared.size > 0;
  }

  private scheduleSlice(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.runSlice);
  }

  private readonly runSlice = (): void => {
    this.scheduled = false;
    const until = performance.now() + SLICE_MS;
    let written = 0;
    do written += this.writeQueued(this.own) + this.writeQueued(this.shared) + this.writeBatch();
    while (this.hasMore && performance.now() <= until);
    this.joinedFrames = new JoinedFrames();
    this.wrote(written);
    this.afterSlice();
    if (this.hasMore) this.scheduleSlice();
  };

  /** Who comes while these have their turn has its own later. */
  private writeQueued(queue: OutboxQueue): number {
    let written = 0;
    for (let left = Math.min(SOCKETS_PER_CLOCK_READ, queue.size); left > 0; left -= 1) {
      written += queue.next()?.flush() ?? 0;
    }
    return written;
  }

  private writeBatch(): number {
    const batch = this.batches.shift();
    if (batch === undefined) return 0;
    this.batches.push(batch);
    const written = this.walk(batch);
    if (batch.frames.length === 0) this.retire(batch);
    return written;
  }

  /** Goes on with the recipients of a batch, at most to the end of its round. */
  private walk(batch: Batch): number {
    let written = 0;
    for (let left = SOCKETS_PER_CLOCK_READ; left > 0; left -= 1) {
      const next = batch.next();
      if (next === undefined) break;
      written += next.write(batch);
    }
    return written;
  }
}

function deliverToEach(frame: Frame, recipients: Recipients): number {
  let delivered = 0;
  for (const recipient of recipients.recipients()) if (recipient.deliver(frame)) delivered += 1;
  return delivered;
}
