import type { Publication } from '../backplane/index.js';
import type { ClientConnection } from '../connection/index.js';
import type { Audience } from '../transport/index.js';
import type { Reservation } from './pending-subscription.js';

const NOBODY: ReadonlySet<ClientConnection> = new Set();

/**
 * The subscribers of one channel, for rooms that deliver to them. Only the `SubscriberIndex` adds and removes
 * subscribers.
 * A subscriber is _ahead of this node_ if its recovery sent it events that have not arrived at this node yet. It is
 * _suspended_ while it has to be told that the position of the channel was lost.
 */
export interface ReadonlyChannelSubscribers {
  /** Connections that get the next publication. Iterates live: changes show during an iteration. */
  readonly live: Audience<ClientConnection>;
  /** True if no subscription is pending, and no subscriber is ahead of this node. */
  readonly hasOnlyActive: boolean;
  /** Subscribers that receive joins and leaves. */
  readonly presenceReceivers: ReadonlySet<ClientConnection>;
  /** Subscribers, those ahead of this node and suspended ones included. */
  readonly count: number;
  /** Slots taken: by subscribers and by pending subscriptions. */
  readonly reservedCount: number;
  /** Every subscriber, in a new list. */
  all(): ClientConnection[];
  /** Subscribers that get no event until they are told that the position was lost, in a new list. */
  allSuspended(): ClientConnection[];
  /** Offers a publication to the pending subscriptions. Those that may recover buffer it. */
  buffer(publication: Publication): void;
  /**
   * Returns the subscribers ahead of this node that have not received the publication with this offset. A subscriber
   * that is no longer ahead becomes live.
   */
  aheadMissing(offset: number): ClientConnection[];
}

/** The subscribers of one channel. Only the `SubscriberIndex` changes them, together with its map by connection. */
export class ChannelSubscribers implements ReadonlyChannelSubscribers {
  private pending: Map<ClientConnection, Reservation> | undefined;
  private ahead: Map<ClientConnection, number> | undefined;
  private suspended: Set<ClientConnection> | undefined;
  private receivers: Set<ClientConnection> | undefined;

  constructor(readonly live: Audience<ClientConnection>) {}

  get hasOnlyActive(): boolean {
    return this.pending === undefined && this.ahead === undefined;
  }

  get presenceReceivers(): ReadonlySet<ClientConnection> {
    return this.receivers ?? NOBODY;
  }

  get count(): number {
    return this.live.size + (this.ahead?.size ?? 0) + (this.suspended?.size ?? 0);
  }

  get reservedCount(): number {
    return this.count + (this.pending?.size ?? 0);
  }

  allSuspended(): ClientConnection[] {
    return [...(this.suspended ?? [])];
  }

  all(): ClientConnection[] {
    return [...this.live, ...(this.ahead?.keys() ?? []), ...(this.suspended ?? [])];
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

  /** @param through the last offset that the subscriber has received, if it is ahead of this node */
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
    if (this.live.delete(connection.socket.outbox)) return;
    this.dropAhead(connection);
    this.dropSuspended(connection);
  }

  /** Suspends every subscriber: it gets no event until {@link resume}. @returns their number */
  suspend(): number {
    const all = this.all();
    for (const connection of all) this.live.delete(connection.socket.outbox);
    this.ahead = undefined;
    this.suspended = all.length === 0 ? undefined : new Set(all);
    return all.length;
  }

  resume(connection: ClientConnection): void {
    if (this.dropSuspended(connection)) this.live.add(connection.socket.outbox, connection);
  }

  private settle(connection: ClientConnection): void {
    this.dropAhead(connection);
    this.live.add(connection.socket.outbox, connection);
  }

  private dropPending(connection: ClientConnection): void {
    this.pending?.get(connection)?.end();
    if (this.pending?.delete(connection) === true && this.pending.size === 0) this.pending = undefined;
  }

  private dropSuspended(connection: ClientConnection): boolean {
    const wasSuspended = this.suspended?.delete(connection) === true;
    if (this.suspended?.size === 0) this.suspended = undefined;
    return wasSuspended;
  }

  private dropAhead(connection: ClientConnection): void {
    if (this.ahead?.delete(connection) === true && this.ahead.size === 0) this.ahead = undefined;
  }
}
