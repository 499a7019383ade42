import { Batch, type Recipients } from './batch.js';
import type { Frame, Lane } from './frame.js';
import { JoinedFrames } from './joined-frames.js';
import type { FlushSchedule, Outbox, OutboxLimits } from './outbox.js';

/** One flush holds the event loop at most about this long, then lets it turn. */
const SLICE_MS = 5;
/** Reading the clock per socket would cost as much as a short write. */
const SOCKETS_PER_CLOCK_READ = 32;
/** For fewer recipients a batch costs more than it saves. */
const MIN_BATCH_RECIPIENTS = 8;

/** Who counts. */
export interface FlushReport {
  /** At most once per slice, and when a burst of one turn had to be written at once. */
  messagesSent(frames: number): void;
  slowConsumer(policy: Lane['overflow']): void;
}

/**
 * Writes what came since the last turn of the event loop: one write for each socket, in the order in which it came. What
 * an audience gets is kept once for all, as a batch, and its sockets are touched once, when it is written. The queue is
 * sliced so that a broadcast to ten thousand sockets does not hold up everything else.
 */
export class Flusher implements FlushSchedule {
  joined = new JoinedFrames();
  private readonly queue: (Outbox | Batch)[] = [];
  /** Whose turn it is in the queue. */
  private at = 0;
  private scheduled = false;
  /** Batches that some of their recipients have not had yet, the oldest first. */
  private readonly batches: Batch[] = [];
  /** The one of them that still grows. */
  private growing: Batch | undefined;
  private lastBatchId = 0;
  private readonly stalledOutboxes = new Set<Outbox>();

  constructor(
    private readonly report: FlushReport,
    readonly limits: OutboxLimits,
  ) {}

  /** Sends a frame to each of them, after all that came before. Returns how many take it. */
  broadcast(frame: Frame, recipients: Recipients): number {
    if (recipients.size < MIN_BATCH_RECIPIENTS) return pushToEach(frame, recipients);
    const batch = this.batchFor(recipients);
    batch.add(frame);
    // For them it may be one frame too many, or cost an older one. Who is cut leaves the recipients.
    for (const outbox of this.stalledOutboxes) if (recipients.includes(outbox)) this.catchUp(outbox);
    if (this.isLarge(batch)) this.writeNow(batch);
    return recipients.size;
  }

  schedule(outbox: Outbox): void {
    if (outbox.dirty) return;
    outbox.dirty = true;
    this.enqueue(outbox);
  }

  catchUp(outbox: Outbox): void {
    const last = this.batches.at(-1);
    if (last === undefined) return;
    for (const batch of this.batches) if (batch.recipients.includes(outbox)) outbox.hold(batch);
    outbox.pass(last);
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

  dropping(policy: Lane['overflow']): void {
    this.report.slowConsumer(policy);
  }

  private batchFor(recipients: Recipients): Batch {
    if (this.growing?.recipients === recipients) return this.growing;
    if (this.growing !== undefined) this.dissolve(this.growing);
    this.lastBatchId += 1;
    this.growing = new Batch(this.lastBatchId, recipients);
    this.batches.push(this.growing);
    this.enqueue(this.growing);
    return this.growing;
  }

  /** Another audience has its turn: a socket in both gets one write all the same, in the order of the publishes. */
  private dissolve(batch: Batch): void {
    for (const recipient of batch.rest) recipient.catchUp();
    this.retire(batch);
  }

  /** Half the bound of an outbox, so that there is room for what a socket has of its own. */
  private isLarge({ frames, bytes }: Batch): boolean {
    return frames.length * 2 >= this.limits.frames || bytes * 2 >= this.limits.bytes;
  }

  private writeNow(batch: Batch): void {
    // Older ones that are being written in slices keep something for the same sockets.
    const isOldest = this.batches[0] === batch;
    let written = 0;
    for (const recipient of batch.rest) {
      if (!isOldest) recipient.catchUp();
      written += recipient.write(batch);
    }
    this.retire(batch);
    this.wrote(written);
  }

  private retire(batch: Batch): void {
    if (this.growing === batch) this.growing = undefined;
    const at = this.batches.indexOf(batch);
    if (at >= 0) this.batches.splice(at, 1);
  }

  private enqueue(next: Outbox | Batch): void {
    this.queue.push(next);
    this.scheduleSlice();
  }

  private scheduleSlice(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.runSlice);
  }

  private readonly runSlice = (): void => {
    this.scheduled = false;
    this.growing = undefined;
    const until = performance.now() + SLICE_MS;
    let written = 0;
    do written += this.writeSome();
    while (this.at < this.queue.length && performance.now() <= until);
    this.joined = new JoinedFrames();
    this.queue.splice(0, this.at);
    this.at = 0;
    this.wrote(written);
    if (this.queue.length > 0) this.scheduleSlice();
  };

  /** Goes on with the queue for as many sockets as share a look at the clock. */
  private writeSome(): number {
    let written = 0;
    for (let left = SOCKETS_PER_CLOCK_READ; left > 0 && this.at < this.queue.length; left -= 1) {
      const next = this.queue[this.at] as Outbox | Batch;
      written += next instanceof Batch ? this.writeNext(next) : this.writeOutbox(next);
    }
    return written;
  }

  /** To the next recipient of a batch; after the last one it is done with. */
  private writeNext(batch: Batch): number {
    const next = batch.rest.next();
    if (next.done !== true) return next.value.write(batch);
    this.at += 1;
    this.retire(batch);
    return 0;
  }

  private writeOutbox(outbox: Outbox): number {
    this.at += 1;
    outbox.dirty = false;
    this.catchUp(outbox);
    return outbox.flush();
  }
}

function pushToEach(frame: Frame, recipients: Recipients): number {
  let delivered = 0;
  for (const recipient of recipients.recipients()) if (recipient.push(frame)) delivered += 1;
  return delivered;
}
