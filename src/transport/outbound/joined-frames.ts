import { Buffer } from 'node:buffer';
import type { Frame } from './frame.js';

interface Joined {
  readonly frames: readonly Frame[];
  readonly windowBits: number;
  readonly bytes: Buffer;
}

/** Lists of frames as one buffer each: the next socket with the same list writes the same buffer. */
export class JoinedFrames {
  private readonly byFirst = new Map<Frame, Joined[]>();

  /** @param windowBits of the socket's permessage-deflate, 0 without */
  bytesOf(frames: readonly Frame[], windowBits: number): Buffer {
    const first = frames[0] as Frame;
    if (frames.length === 1) return first.bytesFor(windowBits);
    const alike = this.byFirst.get(first);
    const known = alike?.find((joined) => isOf(joined, frames, windowBits));
    if (known !== undefined) return known.bytes;
    const bytes = joinFrames(frames, windowBits);
    const joined = { frames, windowBits, bytes };
    if (alike === undefined) this.byFirst.set(first, [joined]);
    else alike.push(joined);
    return bytes;
  }
}

export function joinFrames(frames: readonly Frame[], windowBits: number): Buffer {
  const [first] = frames;
  if (first !== undefined && frames.length === 1) return first.bytesFor(windowBits);
  return Buffer.concat(frames.map((frame) => frame.bytesFor(windowBits)));
}

function isOf(joined: Joined, frames: readonly Frame[], windowBits: number): boolean {
  return (
    windowBits === joined.windowBits &&
    frames.length === joined.frames.length &&
    frames.every((frame, index) => frame === joined.frames[index])
  );
}
