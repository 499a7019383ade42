import type { Duplex } from 'node:stream';
import type { Frame } from '../../src/transport/index.js';
import { Outbox, type Verdict } from '../../src/transport/outbound/outbox.js';

const UNBOUNDED = { frames: Infinity, bytes: Infinity };

/** The outbox of a `FakeSocket`: hands it each frame at once, those of batches at its turn. */
export class FakeOutbox extends Outbox {
  constructor(private readonly fake: { push(frame: Frame): boolean }) {
    super({ onOverflow: () => {} }, {} as Duplex, 0, UNBOUNDED, () => {});
  }

  /** Never, so that it is given the frames of a batch one by one. */
  override get isIdle(): boolean {
    return false;
  }

  override enqueue(frame: Frame): Verdict {
    return this.fake.push(frame) ? 'queued' : 'closed';
  }
}
