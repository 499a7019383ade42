import type { StoredPublication } from '../../backplane/index.js';
import type { Frame } from '../../transport/index.js';
import { eventFrame } from '../event/event-frame.js';

/**
 * Frames of events that are sent again. Many clients come back at once and miss the same: they share the frame for as long
 * as somebody has it in hand, and nobody keeps it beyond that.
 */
export class RecoveredFrames {
  private readonly frames = new WeakMap<StoredPublication, WeakRef<Frame>>();

  /** Not one that a slow socket may lose: a recovery is whole or ends with the connection. */
  of(publication: StoredPublication): Frame {
    const known = this.frames.get(publication)?.deref();
    if (known !== undefined) return known;
    const frame = eventFrame(publication);
    this.frames.set(publication, new WeakRef(frame));
    return frame;
  }
}
