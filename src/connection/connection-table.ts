import { Inject, Injectable } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { WsMetrics } from '../metrics/index.js';
import { ConnectionLimiter, type ConnectionPermit } from './connection-limiter.js';
import type { ClientConnection } from './client-connection.js';
import type { Identity } from './identity.js';
import { Multimap } from './multimap.js';
import { WsError } from './ws-error.js';

/** Is notified when a connection gets its first identity, changes its user or ends: in the same turn. */
export interface ConnectionObserver {
  onIdentified?(connection: ClientConnection): void;
  onUserChanged?(connection: ClientConnection): void;
  onEnded?(connection: ClientConnection): void;
}

export interface ConnectionCounts {
  readonly active: number;
  /** Since the start. */
  readonly total: number;
  readonly peak: number;
  readonly authenticated: number;
}

/** Owns the connections of this process: their places within the limits, and the index by id and by user. */
@Injectable()
export class ConnectionTable {
  private readonly limiter: ConnectionLimiter;
  private readonly byId = new Map<string, ClientConnection>();
  private readonly byUser = new Multimap<string, ClientConnection>();
  private readonly observers: ConnectionObserver[] = [];
  private authenticated = 0;
  private total = 0;
  private peak = 0;

  constructor(
    @Inject(SKREAVER_WS_CONFIG) config: ResolvedConfig,
    private readonly metrics: WsMetrics,
  ) {
    this.limiter = new ConnectionLimiter(config);
  }

  /**
   * Takes a place for a connection that is being opened.
   * @throws WsError `CONNECTION_LIMIT_EXCEEDED`
   */
  acquire(clientAddress: string): ConnectionPermit {
    return this.limiter.acquire(clientAddress);
  }

  /**
   * @throws WsError `DUPLICATE_CONNECTION` when the id is in use; the connection that has it stays
   */
  add(connection: ClientConnection): void {
    if (this.byId.has(connection.id)) throw WsError.duplicateConnection();
    this.byId.set(connection.id, connection);
    this.total += 1;
    this.peak = Math.max(this.peak, this.byId.size);
    this.metrics.connectionOpened();
    this.index(connection);
    if (connection.userId !== undefined) this.identified(connection);
  }

  /** Removes a connection: nothing is delivered to it from now on. Has no effect when it is not in the table. */
  remove(connection: ClientConnection, code: number = CloseCode.Normal): void {
    if (this.byId.get(connection.id) !== connection) return;
    this.byId.delete(connection.id);
    this.unindex(connection);
    connection.become({ phase: 'closed', code, identity: connection.identity });
    this.metrics.connectionClosed();
    for (const observer of this.observers) observer.onEnded?.(connection);
  }

  get(id: string): ClientConnection | undefined {
    return this.byId.get(id);
  }

  /** A snapshot. */
  list(): readonly ClientConnection[] {
    return [...this.byId.values()];
  }

  /** A snapshot of one user's connections. */
  ofUser(userId: string): readonly ClientConnection[] {
    return this.byUser.of(userId);
  }

  get counts(): ConnectionCounts {
    return { active: this.byId.size, total: this.total, peak: this.peak, authenticated: this.authenticated };
  }

  /**
   * Sets the identity of a connection. Observers are notified of a change of user and drop what the former user was
   * allowed.
   */
  identify(connection: ClientConnection, identity: Identity): void {
    if (this.byId.get(connection.id) !== connection) return;
    const before = connection.userId;
    this.unindex(connection);
    connection.become({ phase: 'authenticated', identity });
    this.index(connection);
    if (before === undefined) this.identified(connection);
    else if (before !== identity.userId) {
      for (const observer of this.observers) observer.onUserChanged?.(connection);
    }
  }

  /** Adds observers, which are notified in this order. */
  observe(...observers: readonly ConnectionObserver[]): void {
    this.observers.push(...observers);
  }

  private identified(connection: ClientConnection): void {
    for (const observer of this.observers) observer.onIdentified?.(connection);
  }

  private index(connection: ClientConnection): void {
    const { userId } = connection;
    if (userId === undefined) return;
    this.authenticated += 1;
    this.byUser.add(userId, connection);
  }

  private unindex(connection: ClientConnection): void {
    const { userId } = connection;
    if (userId === undefined) return;
    this.authenticated -= 1;
    this.byUser.delete(userId, connection);
  }
}
