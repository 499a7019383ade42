import { Buffer } from 'node:buffer';
import type { Frame } from './frame.js';

/** The bytes last written for a list of frames, so that the next socket with the same list writes the same buffer. */
export class SharedBatch {
  private frames: readonly Frame[] = [];
  private windowBits = 0;
  private bytes: Buffer = Buffer.alloc(0);

  bytesOf(frames: readonly Frame[], windowBits: number): Buffer {
    if (frames.length === 1) return (frames[0] as Frame).bytesFor(windowBits);
    if (!this.matches(frames, windowBits)) {
      this.frames = frames;
      this.windowBits = windowBits;
      this.bytes = Buffer.concat(frames.map((frame) => frame.bytesFor(windowBits)));
    }
    return this.bytes;
  }

  private matches(frames: readonly Frame[], windowBits: number): boolean {
    return (
      windowBits === this.windowBits &&
      frames.length === this.frames.length &&
      frames.every((frame, index) => frame === this.frames[index])
    );
  }
}
