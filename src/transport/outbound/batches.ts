import type { Audience } from './audience.js';
import { Batch } from './batch.js';
import type { Frame } from './frame.js';
import type { Outbox, OutboxLimits } from './outbox.js';

/** Smallest audience for which the first batch pays. Each further batch needs a larger one; see `open`. */
const MIN_BATCH_OUTBOXES = 8;
/**
 * Shares of an outbox's limits that a batch may take before its first round, and for each later round. The rest is for
 * frames of the outbox alone.
 */
const FIRST_ROUND = 1 / 2;
const NEXT_ROUND = 1 / 4;
/** Maximum frames and bytes for a later round: joining more in one write saves next to nothing. */
const FRAMES_OF_A_WRITE = 64;
const BYTES_OF_A_WRITE = 65_536;

/**
 * The batches of all audiences: one for each audience with frames to write, where a batch pays. Numbers the frames, so
 * that an outbox takes those of several batches in publishing order.
 */
export class Batches {
  /** Number of the newest frame in any batch. */
  lastNumber = 0;
  /** All batches; the first one has the next turn. */
  private readonly waiting: Batch[] = [];
  /** Bound of a batch before its first round. It is the larger one, since a burst of publications fills it. */
  private readonly firstRound: OutboxLimits;
  /** Bound of the frames that wait for the next round, once a first round has begun. */
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

  /**
   * Adds the frame to the audience's batch. Returns the batch, or `undefined` if a batch would not pay for this
   * audience.
   */
  add(frame: Frame, audience: Audience<unknown>): Batch | undefined {
    const batch = this.of(audience) ?? this.open(audience);
    if (batch === undefined) return undefined;
    this.lastNumber += 1;
    batch.add(this.lastNumber, frame);
    return batch;
  }

  /** True if a further frame for the audience may wait: its batch is within `firstRound` or `nextRound`. */
  hasRoomFor(audience: Audience<unknown>): boolean {
    const batch = this.of(audience);
    if (batch === undefined) return true;
    const { frames, bytes } = batch.isFresh ? this.firstRound : this.nextRound;
    return batch.framesOfNextRound < frames && batch.bytesOfNextRound < bytes;
  }

  /**
   * True if the batch must be written at once, because publications came without waiting for room, such as those of
   * other nodes. A single frame may wait whatever its size.
   */
  isOverBound({ frames, bytes }: Batch): boolean {
    const { limits } = this;
    const share = FIRST_ROUND + NEXT_ROUND;
    return frames.length > 1 && (frames.length > limits.frames * share || bytes > limits.bytes * share);
  }

  /** Takes the batch whose turn it is, and puts it at the end of the line. */
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
    // The threshold grows with the number of batches, since at each outbox's turn every batch is searched for its
    // frames.
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
