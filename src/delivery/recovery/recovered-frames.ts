import type { StoredPublication } from '../../backplane/index.js';
import type { ClientConnection } from '../../connection/index.js';
import type { Frame } from '../../transport/index.js';
import { eventFrame, placeholderOf } from '../event/event-frame.js';
import { isExcluded } from '../event/exclusion.js';

/**
 * Shares the frames of recovered events: many clients reconnect at once, and have missed the same events. A frame is
 * garbage-collected when no client uses it any more.
 */
export class RecoveredFrames {
  private readonly frames = new WeakMap<StoredPublication, WeakRef<Frame>>();

  /**
   * Returns the frame of an event, or of its placeholder for a receiver that is excluded from it. It is not droppable: a
   * recovery is complete, or the connection ends.
   */
  of(publication: StoredPublication, receiver: ClientConnection): Frame {
    if (isExcluded(publication.except, receiver)) return eventFrame(placeholderOf(publication));
    const known = this.frames.get(publication)?.deref();
    if (known !== undefined) return known;
    const frame = eventFrame(publication);
    this.frames.set(publication, new WeakRef(frame));
    return frame;
  }
}
