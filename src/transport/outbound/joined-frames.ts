import { Buffer } from 'node:buffer';
import type { Frame, FrameForm } from './frame.js';

/**
 * Bound of the cache, above which it is emptied. A synchronous burst may join any number of lists before a slice ends.
 */
const MAX_BYTES = 1_048_576;

interface Joined {
  readonly frames: readonly Frame[];
  readonly form: FrameForm;
  readonly bytes: Buffer;
}

/** Cache of lists of frames, each joined to one buffer: outboxes with the same frames write the same buffer. */
export class JoinedFrames {
  private byFirst = new Map<Frame, Joined[]>();
  private bytes = 0;

  /**
   * @param from index of the first frame to write
   * @param form form of the frames that the socket gets
   */
  bytesOf(frames: readonly Frame[], from: number, form: FrameForm): Buffer {
    const first = frames[from] as Frame;
    if (from === frames.length - 1) return first.bytesFor(form);
    const alike = this.byFirst.get(first);
    if (alike !== undefined) for (const joined of alike) if (isOf(joined, frames, from, form)) return joined.bytes;
    return this.join(frames.slice(from), form);
  }

  clear(): void {
    if (this.bytes === 0) return;
    // A new map, since `Map#clear` links the old table to the new one. V8's scavenger then keeps the next slice's
    // entries alive.
    this.byFirst = new Map();
    this.bytes = 0;
  }

  private join(frames: readonly Frame[], form: FrameForm): Buffer {
    const bytes = Buffer.concat(frames.map((frame) => frame.bytesFor(form)));
    if (this.bytes + bytes.length > MAX_BYTES) this.clear();
    this.bytes += bytes.length;
    const first = frames[0] as Frame;
    const joined = { frames, form, bytes };
    const alike = this.byFirst.get(first);
    if (alike === undefined) this.byFirst.set(first, [joined]);
    else alike.push(joined);
    return bytes;
  }
}

function isOf(joined: Joined, frames: readonly Frame[], from: number, form: FrameForm): boolean {
  const { frames: known } = joined;
  if (form !== joined.form || known.length !== frames.length - from) return false;
  for (let at = 0; at < known.length; at += 1) if (known[at] !== frames[from + at]) return false;
  return true;
}
