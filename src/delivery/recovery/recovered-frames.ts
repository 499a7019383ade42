import type { StoredPublication } from '../../backplane/index.js';
import type { Frame } from '../../transport/index.js';
import { eventFrame } from '../event/event-frame.js';

/**
 * Shares the frames of recovered events: many clients reconnect at once, and have missed the same events. A frame is
 * garbage-collected when no client uses it any more.
 */
export class RecoveredFrames {
  private readonly frames = new WeakMap<StoredPublication, WeakRef<Frame>>();

  /** Returns the frame of an event. It is not droppable: a recovery is complete, or the connection ends. */
  of(publication: StoredPublication): Frame {
    const known = this.frames.get(publication)?.deref();
    if (known !== undefined) return known;
    const frame = eventFrame(publication);
    this.frames.set(publication, new WeakRef(frame));
    return frame;
  }
}
