import { Buffer } from 'node:buffer';
import type { Frame } from './frame.js';

interface Batch {
  readonly frames: readonly Frame[];
  readonly windowBits: number;
  readonly bytes: Buffer;
}

/** The bytes written for lists of frames, so that the next socket with the same list writes the same buffer. */
export class SharedBatch {
  private readonly batches = new Map<Frame, Batch[]>();

  bytesOf(frames: readonly Frame[], windowBits: number): Buffer {
    const first = frames[0] as Frame;
    if (frames.length === 1) return first.bytesFor(windowBits);
    const alike = this.batches.get(first);
    const known = alike?.find((batch) => isOf(batch, frames, windowBits));
    if (known !== undefined) return known.bytes;
    const bytes = Buffer.concat(frames.map((frame) => frame.bytesFor(windowBits)));
    const batch = { frames, windowBits, bytes };
    if (alike === undefined) this.batches.set(first, [batch]);
    else alike.push(batch);
    return bytes;
  }
}

function isOf(batch: Batch, frames: readonly Frame[], windowBits: number): boolean {
  return (
    windowBits === batch.windowBits &&
    frames.length === batch.frames.length &&
    frames.every((frame, index) => frame === batch.frames[index])
  );
}
