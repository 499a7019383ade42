import type { Publication } from '../backplane/index.js';
import type { ClientConnection } from '../connection/index.js';
import type { Audience } from '../transport/index.js';
import type { Reservation } from './pending-subscription.js';

const NOBODY: ReadonlySet<ClientConnection> = new Set();

/** The subscribers of one channel, for rooms that deliver to them. Only the index adds and removes any. */
export interface ReadonlyChannelSubscribers {
  /** Connections that get the next publication. Live: changes show while it is iterated. */
  readonly live: Audience<ClientConnection>;
  /** True if no subscription is pending, and no subscriber is ahead of this node. */
  readonly hasOnlyActive: boolean;
  /** Subscribers that receive joins and leaves. */
  readonly presenceReceivers: ReadonlySet<ClientConnection>;
  /** Subscribers, those ahead of this node included. */
  readonly count: number;
  /** Slots taken: by subscribers and by pending subscriptions. */
  readonly reservedCount: number;
  /** Every subscriber, in a new list. */
  all(): ClientConnection[];
  /** Offers a publication to the pending subscriptions, of which some buffer it. */
  buffer(publication: Publication): void;
  /**
   * Finds the subscribers that recovered more than had arrived at this node, and lack the publication with this offset.
   * A subscriber that lacks nothing any more is like all others from then on.
   */
  aheadMissing(offset: number): ClientConnection[];
}

/** The subscribers of one channel. The index changes them, and keeps its other map in step. */
export class ChannelSubscribers implements ReadonlyChannelSubscribers {
  private pending: Map<ClientConnection, Reservation> | undefined;
  private ahead: Map<ClientConnection, number> | undefined;
  private receivers: Set<ClientConnection> | undefined;

  constructor(readonly live: Audience<ClientConnection>) {}

  get hasOnlyActive(): boolean {
    return this.pending === undefined && this.ahead === undefined;
  }

  get presenceReceivers(): ReadonlySet<ClientConnection> {
    return this.receivers ?? NOBODY;
  }

  get count(): number {
    return this.live.size + (this.ahead?.size ?? 0);
  }

  get reservedCount(): number {
    return this.count + (this.pending?.size ?? 0);
  }

  all(): ClientConnection[] {
    return [...this.live, ...(this.ahead?.keys() ?? [])];
  }

  buffer(publication: Publication): void {
    for (const reservation of this.pending?.values() ?? []) reservation.buffer(publication);
  }

  aheadMissing(offset: number): ClientConnection[] {
    const lacking: ClientConnection[] = [];
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
  activate(connection: ClientConnection, receivesPresence: boolean, through: number | undefined): void {
    this.dropPending(connection);
    if (through === undefined) this.live.add(connection.socket.outbox, connection);
    else this.ahead = (this.ahead ?? new Map<ClientConnection, number>()).set(connection, through);
    this.receivePresence(connection, receivesPresence);
  }

  receivePresence(connection: ClientConnection, receives: boolean): void {
    if (receives) this.receivers = (this.receivers ?? new Set()).add(connection);
    else if (this.receivers?.delete(connection) === true && this.receivers.size === 0) this.receivers = undefined;
  }

  remove(connection: ClientConnection): void {
    this.receivePresence(connection, false);
    this.dropPending(connection);
    if (!this.live.delete(connection.socket.outbox)) this.dropAhead(connection);
  }

  private settle(connection: ClientConnection): void {
    this.dropAhead(connection);
    this.live.add(connection.socket.outbox, connection);
  }

  private dropPending(connection: ClientConnection): void {
    this.pending?.get(connection)?.end();
    if (this.pending?.delete(connection) === true && this.pending.size === 0) this.pending = undefined;
  }

  private dropAhead(connection: ClientConnection): void {
    if (this.ahead?.delete(connection) === true && this.ahead.size === 0) this.ahead = undefined;
  }
}
