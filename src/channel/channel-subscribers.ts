import type { Connection } from '../connection/index.js';
import type { Audience } from '../transport/index.js';
import type { PendingSubscription } from './pending-subscription.js';

const NOBODY: ReadonlySet<Connection> = new Set();

/** Everybody who has a place in one channel. Changed by the index alone, which keeps its other map in step. */
export class ChannelSubscribers {
  private joining: Map<Connection, PendingSubscription> | undefined;
  private ahead: Map<Connection, number> | undefined;
  private watching: Set<Connection> | undefined;

  constructor(private readonly subscribers: Audience<Connection>) {}

  /** Who gets the next publication. Live: changes while it is walked show. */
  get live(): Audience<Connection> {
    return this.subscribers;
  }

  /** Everybody here is a plain subscriber: nobody is joining, nobody ahead of this node. */
  get hasOnlyActive(): boolean {
    return this.joining === undefined && this.ahead === undefined;
  }

  /** Subscribers that want to know of joins and leaves. */
  get watchers(): ReadonlySet<Connection> {
    return this.watching ?? NOBODY;
  }

  /** Subscribers, those ahead of this node included. */
  get count(): number {
    return this.subscribers.size + (this.ahead?.size ?? 0);
  }

  /** Places taken: subscribers and joins. */
  get reservedCount(): number {
    return this.count + (this.joining?.size ?? 0);
  }

  pending(): Iterable<PendingSubscription> {
    return this.joining?.values() ?? [];
  }

  /** Every subscriber, in a list of their own. */
  all(): Connection[] {
    return [...this.subscribers, ...(this.ahead?.keys() ?? [])];
  }

  /**
   * Subscribers that recovered more than had arrived at this node, and lack the publication with this offset. Who lacks
   * nothing any more is like all others from then on.
   */
  aheadMissing(offset: number): Connection[] {
    const lacking: Connection[] = [];
    for (const [connection, through] of this.ahead ?? []) {
      if (offset > through) lacking.push(connection);
      if (offset >= through) this.settle(connection);
    }
    return lacking;
  }

  /** @internal */
  reserve(pending: PendingSubscription): void {
    this.joining ??= new Map();
    this.joining.set(pending.connection, pending);
  }

  /** @internal @param through the offset up to which the subscriber has everything, where that is more than this node has seen */
  activate({ connection, watches }: PendingSubscription, through: number | undefined): void {
    this.dropJoin(connection);
    if (through === undefined) this.subscribers.add(connection.socket.outbox, connection);
    else this.ahead = (this.ahead ?? new Map<Connection, number>()).set(connection, through);
    this.watch(connection, watches);
  }

  /** @internal */
  watch(connection: Connection, watches: boolean): void {
    if (watches) this.watching = (this.watching ?? new Set()).add(connection);
    else if (this.watching?.delete(connection) === true && this.watching.size === 0) this.watching = undefined;
  }

  /** @internal */
  remove(connection: Connection): void {
    this.watch(connection, false);
    this.dropJoin(connection);
    if (!this.subscribers.delete(connection.socket.outbox)) this.dropAhead(connection);
  }

  private settle(connection: Connection): void {
    this.dropAhead(connection);
    this.subscribers.add(connection.socket.outbox, connection);
  }

  private dropJoin(connection: Connection): void {
    this.joining?.get(connection)?.end();
    if (this.joining?.delete(connection) === true && this.joining.size === 0) this.joining = undefined;
  }

  private dropAhead(connection: Connection): void {
    if (this.ahead?.delete(connection) === true && this.ahead.size === 0) this.ahead = undefined;
  }
}
