import type { Audience } from './audience.js';
import { Batch } from './batch.js';
import type { Frame } from './frame.js';
import type { Outbox, OutboxLimits } from './outbox.js';

/** For fewer outboxes a batch costs more than it saves; each further batch has to save more. */
const MIN_BATCH_OUTBOXES = 8;
/** Shares of an outbox's limits; the rest is for frames that the outbox has of its own. */
const FIRST_ROUND = 1 / 2;
const NEXT_ROUND = 1 / 4;
/** More frames than this in one write save next to nothing. */
const FRAMES_OF_A_WRITE = 64;
const BYTES_OF_A_WRITE = 65_536;

/**
 * The batches of all audiences: one for each audience with frames to write, where a batch pays. Numbers the frames, so
 * that an outbox takes those of several batches in publishing order.
 */
export class Batches {
  /** Number of the newest frame in any batch. */
  lastNumber = 0;
  /** The batch whose turn is next comes first. */
  private readonly waiting: Batch[] = [];
  /** Bound of a batch that no outbox has been given yet: a burst. */
  private readonly firstRound: OutboxLimits;
  /** Bound of the frames for the next round. */
  private readonly nextRound: OutboxLimits;

  constructor(private readonly limits: OutboxLimits) {
    const { frames, bytes } = limits;
    this.firstRound = { frames: frames * FIRST_ROUND, bytes: bytes * FIRST_ROUND };
    this.nextRound = {
      frames: Math.min(frames * NEXT_ROUND, FRAMES_OF_A_WRITE),
      bytes: Math.min(bytes * NEXT_ROUND, BYTES_OF_A_WRITE),
    };
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Adds the frame to the audience's batch. Returns the batch, or `undefined` where one would not pay. */
  add(frame: Frame, audience: Audience<unknown>): Batch | undefined {
    const batch = this.of(audience) ?? this.open(audience);
    if (batch === undefined) return undefined;
    this.lastNumber += 1;
    batch.add(this.lastNumber, frame);
    return batch;
  }

  /** True if a further frame for the audience may wait. A batch is bounded by an outbox's bound and by one write. */
  hasRoomFor(audience: Audience<unknown>): boolean {
    const batch = this.of(audience);
    if (batch === undefined) return true;
    const { frames, bytes } = batch.isFresh ? this.firstRound : this.nextRound;
    return batch.framesOfNextRound < frames && batch.bytesOfNextRound < bytes;
  }

  /** True if the batch must be written at once, as publishers did not wait for room. One frame of any size may wait. */
  isOverBound({ frames, bytes }: Batch): boolean {
    const { limits } = this;
    const share = FIRST_ROUND + NEXT_ROUND;
    return frames.length > 1 && (frames.length > limits.frames * share || bytes > limits.bytes * share);
  }

  /** The batch whose turn it is; it takes its place at the end of the line. */
  next(): Batch | undefined {
    const batch = this.waiting.shift();
    if (batch !== undefined) this.waiting.push(batch);
    return batch;
  }

  retire(batch: Batch): void {
    const at = this.waiting.indexOf(batch);
    if (at >= 0) this.waiting.splice(at, 1);
  }

  /** The frames that batches keep for this outbox, in publishing order. */
  missedBy(outbox: Outbox): Frame[] {
    const { seen } = outbox;
    const shares = this.waiting.filter((batch) => batch.last > seen && batch.audience.has(outbox));
    const [only] = shares;
    if (only === undefined) return [];
    return shares.length === 1 ? only.after(seen) : inPublishingOrder(shares, seen);
  }

  /** True if another batch keeps frames for this outbox. */
  hasMoreFor(outbox: Outbox, than: Batch): boolean {
    if (this.waiting.length === 1) return false;
    const { seen } = outbox;
    return this.waiting.some((batch) => batch !== than && batch.last > seen && batch.audience.has(outbox));
  }

  private of(audience: Audience<unknown>): Batch | undefined {
    return this.waiting.find((batch) => batch.audience === audience);
  }

  private open(audience: Audience<unknown>): Batch | undefined {
    const { waiting } = this;
    // At an outbox's turn each batch is asked whether it has frames for it.
    if (audience.size < MIN_BATCH_OUTBOXES * (1 + waiting.length) ** 2) return undefined;
    const batch = new Batch(audience);
    waiting.push(batch);
    return batch;
  }
}

function inPublishingOrder(batches: readonly Batch[], seen: number): Frame[] {
  const byNumber = new Map<number, Frame>();
  for (const batch of batches) {
    const frames = batch.after(seen);
    for (const [at, each] of batch.numbersAfter(seen).entries()) byNumber.set(each, frames[at] as Frame);
  }
  return [...byNumber].toSorted(([one], [other]) => one - other).map(([, frame]) => frame);
}
