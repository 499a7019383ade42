import type { Audience } from './audience.js';
import type { Frame } from './frame.js';
import type { Outbox } from './outbox.js';

/**
 * Frames that the outboxes of an audience still have to get, kept once for all of them. The outboxes take turns, round
 * after round, and each takes all frames at its turn. So a frame is kept until the first round that began after it
 * ends.
 */
export class Batch {
  readonly frames: Frame[] = [];
  bytes = 0;
  /** True until the first round begins. */
  isFresh = true;
  /** Number of frames that came after the current round began. They are kept until the next round ends. */
  framesOfNextRound = 0;
  bytesOfNextRound = 0;
  /** The number of each frame, in publishing order over all batches. */
  private readonly numbers: number[] = [];
  private round: Iterator<Outbox> | undefined;

  constructor(readonly audience: Audience<unknown>) {}

  /** Number of the newest frame; 0 without frames. */
  get last(): number {
    return this.numbers.at(-1) ?? 0;
  }

  add(number: number, frame: Frame): void {
    this.numbers.push(number);
    this.frames.push(frame);
    this.bytes += frame.bytes.length;
    this.framesOfNextRound += 1;
    this.bytesOfNextRound += frame.bytes.length;
  }

  /** Returns the outbox whose turn it is; `undefined` once at the end of each round, and without frames. */
  next(): Outbox | undefined {
    if (this.frames.length === 0) return undefined;
    this.round ??= this.beginRound();
    const { done, value } = this.round.next();
    if (done !== true) return value;
    this.endRound();
    return undefined;
  }

  /** Index in `frames` of the first frame with a greater number. */
  indexAfter(number: number): number {
    const { numbers } = this;
    if (number < (numbers[0] as number)) return 0;
    let low = 1;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((numbers[middle] as number) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  after(number: number): Frame[] {
    return this.frames.slice(this.indexAfter(number));
  }

  numbersAfter(number: number): number[] {
    return this.numbers.slice(this.indexAfter(number));
  }

  private beginRound(): Iterator<Outbox> {
    this.isFresh = false;
    this.framesOfNextRound = 0;
    this.bytesOfNextRound = 0;
    return this.audience.outboxes();
  }

  private endRound(): void {
    const done = this.frames.length - this.framesOfNextRound;
    this.frames.splice(0, done);
    this.numbers.splice(0, done);
    this.bytes = this.bytesOfNextRound;
    this.round = undefined;
  }
}
