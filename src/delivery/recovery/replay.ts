import type { Position } from '@skreaver/protocol';
import type { StoredPublication } from '../../backplane/index.js';
import type { BufferingSubscription, SubscriberIndex } from '../../channel/index.js';
import type { OpenChannel } from '../channel/open-channel.js';
import { type ContiguousRun, takeContiguous } from './contiguous.js';
import type { RecoveredFrames } from './recovered-frames.js';
import type { SendBudget } from './send-budget.js';

/**
 * The state of a replay. `live`: nothing is missing, and the subscription is live. `full`: the send budget is used up.
 * `behind`: the history must be read again. `lost`: the channel has another epoch.
 */
export type Progress = 'live' | 'full' | 'behind' | 'lost';

/** Brings one pending subscription from the position of its client to that of the channel, and activates it there. */
export class Replay {
  /** The position of the channel when the replay begins. It is sent to the client. */
  readonly target: Position;
  private missing: readonly StoredPublication[];
  private next = 0;
  private reached: Position;

  /** @param run the first page of the events that the client missed */
  constructor(
    readonly pending: BufferingSubscription,
    since: Position,
    run: ContiguousRun,
    private readonly open: OpenChannel,
    private readonly frames: RecoveredFrames,
    private readonly index: SubscriberIndex,
  ) {
    this.missing = run.publications;
    this.reached = since;
    const { position } = open;
    this.target = position !== undefined && position.offset > run.position.offset ? position : run.position;
  }

  /** The position up to which the client has been sent the events. */
  get position(): Position {
    return this.reached;
  }

  /** Continues with what was read from the history after {@link position}. */
  continueWith({ publications }: ContiguousRun): void {
    this.missing = publications;
    this.next = 0;
  }

  /**
   * Pushes the missing events as far as they are known, in this turn, and activates the subscription after the last
   * one.
   */
  advance(budget: SendBudget): Progress {
    for (;;) {
      if (!this.pushMissing(budget)) return 'full';
      const { position } = this.open;
      if (position === undefined || position.epoch !== this.reached.epoch) return 'lost';
      if (this.reached.offset >= position.offset) return this.activate(position);
      const buffered = takeContiguous(this.reached, this.pending.drain());
      if (buffered.publications.length === 0) return 'behind';
      this.continueWith(buffered);
    }
  }

  /** @param seen the channel's position on this node; a replay from the backplane's history may be ahead of it */
  private activate(seen: Position): Progress {
    const { offset } = this.reached;
    this.index.activate(this.pending, offset > seen.offset ? offset : undefined);
    return 'live';
  }

  /** Returns false when the budget is used up. */
  private pushMissing(budget: SendBudget): boolean {
    const { connection } = this.pending;
    for (; this.next < this.missing.length; this.next += 1) {
      const publication = this.missing[this.next] as StoredPublication;
      const frame = this.frames.of(publication, connection);
      if (!budget.tryConsume(frame)) return false;
      connection.socket.push(frame);
      this.reached = publication.position;
    }
    return true;
  }
}
