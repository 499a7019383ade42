import type { Publication } from '../backplane/index.js';
import type { Connection } from '../connection/index.js';
import type { Audience } from '../transport/index.js';
import type { Reservation } from './pending-subscription.js';

const NOBODY: ReadonlySet<Connection> = new Set();

/** The subscribers of one channel, for rooms that deliver to them. Only the index adds and removes any. */
export interface ReadonlyChannelSubscribers {
  /** Connections that get the next publication. Live: changes show while it is iterated. */
  readonly live: Audience<Connection>;
  /** True if no subscription is pending, and no subscriber is ahead of this node. */
  readonly hasOnlyActive: boolean;
  /** Subscribers that receive joins and leaves. */
  readonly presenceReceivers: ReadonlySet<Connection>;
  /** Subscribers, those ahead of this node included. */
  readonly count: number;
  /** Slots taken: by subscribers and by pending subscriptions. */
  readonly reservedCount: number;
  /** Every subscriber, in a new list. */
  all(): Connection[];
  /** Offers a publication to the pending subscriptions, of which some buffer it. */
  buffer(publication: Publication): void;
  /**
   * Finds the subscribers that recovered more than had arrived at this node, and lack the publication with this offset.
   * A subscriber that lacks nothing any more is like all others from then on.
   */
  aheadMissing(offset: number): Connection[];
}

/** The subscribers of one channel. The index changes them, and keeps its other map in step. */
export class ChannelSubscribers implements ReadonlyChannelSubscribers {
  private pending: Map<Connection, Reservation> | undefined;
  private ahead: Map<Connection, number> | undefined;
  private receivers: Set<Connection> | undefined;

  constructor(readonly live: Audience<Connection>) {}

  get hasOnlyActive(): boolean {
    return this.pending === undefined && this.ahead === undefined;
  }

  get presenceReceivers(): ReadonlySet<Connection> {
    return this.receivers ?? NOBODY;
  }

  get count(): number {
    return this.live.size + (this.ahead?.size ?? 0);
  }

  get reservedCount(): number {
    return this.count + (this.pending?.size ?? 0);
  }

  all(): Connection[] {
    return [...this.live, ...(this.ahead?.keys() ?? [])];
  }

  buffer(publication: Publication): void {
    for (const reservation of this.pending?.values() ?? []) reservation.buffer(publication);
  }

  aheadMissing(offset: number): Connection[] {
    const lacking: Connection[] = [];
    for (const [connection, through] of this.ahead ?? []) {
      if (offset > through) lacking.push(connection);
      if (offset >= through) this.settle(connection);
    }
    return lacking;
  }

  reserve(reservation: Reservation): void {
    this.pending ??= new Map();
    this.pending.set(reservation.connection, reservation);
  }

  /** @param through the offset up to which the subscriber has everything, where that is more than this node has seen */
  activate(connection: Connection, receivesPresence: boolean, through: number | undefined): void {
    this.dropPending(connection);
    if (through === undefined) this.live.add(connection.socket.outbox, connection);
    else this.ahead = (this.ahead ?? new Map<Connection, number>()).set(connection, through);
    this.receivePresence(connection, receivesPresence);
  }

  receivePresence(connection: Connection, receives: boolean): void {
    if (receives) this.receivers = (this.receivers ?? new Set()).add(connection);
    else if (this.receivers?.delete(connection) === true && this.receivers.size === 0) this.receivers = undefined;
  }

  remove(connection: Connection): void {
    this.receivePresence(connection, false);
    this.dropPending(connection);
    if (!this.live.delete(connection.socket.outbox)) this.dropAhead(connection);
  }

  private settle(connection: Connection): void {
    this.dropAhead(connection);
    this.live.add(connection.socket.outbox, connection);
  }

  private dropPending(connection: Connection): void {
    this.pending?.get(connection)?.end();
    if (this.pending?.delete(connection) === true && this.pending.size === 0) this.pending = undefined;
  }

  private dropAhead(connection: Connection): void {
    if (this.ahead?.delete(connection) === true && this.ahead.size === 0) this.ahead = undefined;
  }
}
