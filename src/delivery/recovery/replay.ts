import type { Position } from '@skreaver/protocol';
import type { StoredPublication } from '../../backplane/index.js';
import type { PendingSubscription } from '../../channel/index.js';
import type { OpenChannel } from '../channel/open-channel.js';
import { type ContiguousRun, takeContiguous } from './contiguous.js';
import type { RecoveredFrames } from './recovered-frames.js';
import type { SendBudget } from './send-budget.js';

/** What a replay waits for, if anything. */
export type Progress = 'caught up' | 'full' | 'behind' | 'lost';

/** Brings one join from the position of its client to that of the channel. */
export class Replay {
  /** Where the channel stands as it begins: what the client is told. */
  readonly target: Position;
  private missing: readonly StoredPublication[];
  private next = 0;
  private reached: Position;

  /** @param sequel the beginning of what the client missed */
  constructor(
    readonly pending: PendingSubscription,
    since: Position,
    sequel: ContiguousRun,
    private readonly open: OpenChannel,
    private readonly frames: RecoveredFrames,
  ) {
    this.missing = sequel.publications;
    this.reached = since;
    const { position } = open;
    this.target = position !== undefined && position.offset > sequel.position.offset ? position : sequel.position;
  }

  /** The last position that the client was sent. */
  get position(): Position {
    return this.reached;
  }

  /** Goes on with what was read from the history after {@link position}. */
  continueWith({ publications }: ContiguousRun): void {
    this.missing = publications;
    this.next = 0;
  }

  /**
   * Pushes what is missing as far as it is known, in this turn.
   * @returns `caught up`: nothing is missing, and the pending subscription must go live in this turn; `full`: the budget is used up;
   * `behind`: the history must be read; `lost`: the epoch is another one
   */
  advance(budget: SendBudget): Progress {
    for (;;) {
      if (!this.pushMissing(budget)) return 'full';
      const { position } = this.open;
      if (position === undefined || position.epoch !== this.reached.epoch) return 'lost';
      if (this.reached.offset >= position.offset) return 'caught up';
      const kept = takeContiguous(this.reached, this.pending.drain());
      if (kept.publications.length === 0) return 'behind';
      this.continueWith(kept);
    }
  }

  /** Returns false when there is no more room. */
  private pushMissing(budget: SendBudget): boolean {
    for (; this.next < this.missing.length; this.next += 1) {
      const publication = this.missing[this.next] as StoredPublication;
      const frame = this.frames.of(publication);
      if (!budget.tryConsume(frame)) return false;
      this.pending.connection.socket.push(frame);
      this.reached = publication.position;
    }
    return true;
  }
}
