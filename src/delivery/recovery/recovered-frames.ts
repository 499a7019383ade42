import type { StoredPublication } from '../../backplane/index.js';
import type { Frame } from '../../transport/index.js';
import { eventFrame } from '../event/event-frame.js';

/**
 * Shares the frames of recovered events. Many clients come back at once and miss the same events: they share each frame
 * for as long as one of them uses it, and it is collected after that.
 */
export class RecoveredFrames {
  private readonly frames = new WeakMap<StoredPublication, WeakRef<Frame>>();

  /** The frame is not droppable: a recovery is complete, or the connection ends. */
  of(publication: StoredPublication): Frame {
    const known = this.frames.get(publication)?.deref();
    if (known !== undefined) return known;
    const frame = eventFrame(publication);
    this.frames.set(publication, new WeakRef(frame));
    return frame;
  }
}
