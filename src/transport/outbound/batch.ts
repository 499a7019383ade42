import type { Buffer } from 'node:buffer';
import type { Frame } from './frame.js';
import { joinFrames } from './joined-frames.js';

/** Who gets the frames of a batch. */
export interface Recipient {
  /** Takes a frame of its own, after all that came before. Returns false when the peer does not get it. */
  push(frame: Frame): boolean;
  /** The same for a frame that others get too: to be written in turn with theirs. */
  deliver(frame: Frame): boolean;
  /** Writes what waits, what batches keep for it included. Returns the frames written. */
  write(batch: Batch): number;
  /** Takes what batches keep for it: from now on it may belong to other audiences, or to none. */
  catchUp(): void;
}

/** Who belongs together. May change while a batch is filled and written; who is cut leaves at once. */
export interface Recipients {
  readonly size: number;
  includes(recipient: Recipient): boolean;
  recipients(): IterableIterator<Recipient>;
}

/** Windows of permessage-deflate have 8 to 15 bits, 0 stands for none. */
const WINDOWS = 16;

/**
 * What recipients have still to be given: kept once, however many they are. They are walked round after round; each takes
 * at its turn all there is, so a frame is kept until the first round that began after it has ended.
 */
export class Batch {
  readonly frames: Frame[] = [];
  bytes = 0;
  /** Nobody had a turn yet. */
  isFresh = true;
  /** Frames that the next round is for, and their bytes. */
  framesOfNextRound = 0;
  bytesOfNextRound = 0;
  private readonly numbers: number[] = [];
  private round: Iterator<Recipient> | undefined;
  private readonly joined = new Map<number, Buffer>();

  constructor(readonly recipients: Recipients) {}

  /** Number of the newest frame. */
  get last(): number {
    return this.numbers.at(-1) ?? 0;
  }

  add(number: number, frame: Frame): void {
    this.numbers.push(number);
    this.frames.push(frame);
    this.bytes += frame.bytes.length;
    this.joined.clear();
    this.framesOfNextRound += 1;
    this.bytesOfNextRound += frame.bytes.length;
  }

  /** Whose turn it is; `undefined` once at the end of each round, after which all had what was there when it began. */
  next(): Recipient | undefined {
    if (this.frames.length === 0) return undefined;
    this.round ??= this.beginRound();
    const { done, value } = this.round.next();
    if (done !== true) return value;
    this.endRound();
    return undefined;
  }

  /** Index of the first frame after this number. */
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

  /** The frames from this index on as one buffer, for sockets with this window of permessage-deflate; 0 means without. */
  bytesFrom(index: number, windowBits: number): Buffer {
    if (index === this.frames.length - 1) return (this.frames[index] as Frame).bytesFor(windowBits);
    const key = (this.numbers[index] as number) * WINDOWS + windowBits;
    const known = this.joined.get(key);
    if (known !== undefined) return known;
    const bytes = joinFrames(this.frames.slice(index), windowBits);
    this.joined.set(key, bytes);
    return bytes;
  }

  private beginRound(): Iterator<Recipient> {
    this.isFresh = false;
    this.framesOfNextRound = 0;
    this.bytesOfNextRound = 0;
    return this.recipients.recipients();
  }

  private endRound(): void {
    const done = this.frames.length - this.framesOfNextRound;
    this.frames.splice(0, done);
    this.numbers.splice(0, done);
    this.bytes = this.bytesOfNextRound;
    this.round = undefined;
    this.joined.clear();
  }
}

/** What they keep after this number, in the order in which it came. */
export function inOrder(batches: readonly Batch[], number: number): Frame[] {
  const byNumber = new Map<number, Frame>();
  for (const batch of batches) {
    const frames = batch.after(number);
    for (const [at, each] of batch.numbersAfter(number).entries()) byNumber.set(each, frames[at] as Frame);
  }
  return [...byNumber].toSorted(([one], [other]) => one - other).map(([, frame]) => frame);
}
