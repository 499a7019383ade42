import type { Buffer } from 'node:buffer';
import type { Frame } from './frame.js';
import { joinFrames } from './joined-frames.js';

/** Who gets the frames of a batch. */
export interface Recipient {
  /** Takes one frame, after all that came before. Returns false when the peer does not get it. */
  push(frame: Frame): boolean;
  /** Takes what it has not yet had of the batch, to be written with all else. */
  hold(batch: Batch): void;
  /** Writes what waits, and what it has not yet had of the batch. Returns the frames written. */
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

/** The frames of one turn of the event loop for the same recipients: kept once, however many they are. */
export class Batch {
  readonly frames: Frame[] = [];
  bytes = 0;
  private walk: IterableIterator<Recipient> | undefined;
  private readonly joined = new Map<number, Buffer>();

  constructor(
    /** Grows from one batch to the next. */
    readonly id: number,
    readonly recipients: Recipients,
  ) {}

  add(frame: Frame): void {
    this.frames.push(frame);
    this.bytes += frame.bytes.length;
  }

  /** The recipients whose turn is still to come; one walk, however often it is interrupted. */
  get rest(): IterableIterator<Recipient> {
    return (this.walk ??= this.recipients.recipients());
  }

  /** All frames as one buffer, for sockets with this window of permessage-deflate; 0 means without. Nothing is added later. */
  bytesFor(windowBits: number): Buffer {
    const known = this.joined.get(windowBits);
    if (known !== undefined) return known;
    const bytes = joinFrames(this.frames, windowBits);
    this.joined.set(windowBits, bytes);
    return bytes;
  }
}
