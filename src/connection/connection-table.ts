import { Inject, Injectable } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { WsMetrics } from '../metrics/index.js';
import { ConnectionLimiter, type ConnectionPermit } from './connection-limiter.js';
import type { ClientConnection } from './client-connection.js';
import type { Identity } from './identity.js';
import { Multimap } from './multimap.js';
import { UserLimit } from './user-limit.js';
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
  private readonly userLimit: UserLimit;
  private readonly byId = new Map<string, ClientConnection>();
  private readonly byUser = new Multimap<string, ClientConnection>();
  private readonly observers: ConnectionObserver[] = [];
  private authenticated = 0;
  private total = 0;
  private peak = 0;

  constructor(
    @Inject(SkreaverWsConfig) config: ResolvedConfig,
    private readonly metrics: WsMetrics,
  ) {
    this.limiter = new ConnectionLimiter(config);
    this.userLimit = new UserLimit(config);
  }

  /**
   * Takes a place for a connection that is being opened.
   * @throws WsError `CONNECTION_LIMIT_EXCEEDED`
   */
  acquire(clientAddress: string): ConnectionPermit {
    return this.limiter.acquire(clientAddress);
  }

  /** @throws WsError `CONNECTION_LIMIT_EXCEEDED` when another connection of the user would be refused now */
  assertRoomFor(userId: string): void {
    this.userLimit.makeRoom(this.ofUser(userId));
  }

  /**
   * Adds a connection. It may take the place of an older one of its user, which is closed.
   * @throws WsError `DUPLICATE_CONNECTION` when the id is in use; the connection that has it stays.
   * `CONNECTION_LIMIT_EXCEEDED` when the user has too many
   */
  add(connection: ClientConnection): void {
    if (this.byId.has(connection.id)) throw WsError.duplicateConnection();
    const replaced = this.toReplace(connection.userId);
    this.byId.set(connection.id, connection);
    this.total += 1;
    this.peak = Math.max(this.peak, this.byId.size);
    this.metrics.connectionOpened(connection.socket.encodingName);
    this.index(connection);
    if (connection.userId !== undefined) this.identified(connection);
    closeAll(replaced);
  }

  /** Removes a connection: nothing is delivered to it from now on. Has no effect when it is not in the table. */
  remove(connection: ClientConnection, code: number = CloseCode.Normal): void {
    if (this.byId.get(connection.id) !== connection) return;
    this.byId.delete(connection.id);
    this.unindex(connection);
    connection.become({ phase: 'closed', code, identity: connection.identity });
    this.metrics.connectionClosed(connection.socket.encodingName);
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
   * allowed. A renewal by the same user takes no other place.
   * @throws WsError `CONNECTION_LIMIT_EXCEEDED` when the user has too many; the identity is not set then
   */
  identify(connection: ClientConnection, identity: Identity): void {
    if (this.byId.get(connection.id) !== connection) return;
    const before = connection.userId;
    if (before === identity.userId) return connection.become({ phase: 'authenticated', identity });
    const replaced = this.toReplace(identity.userId);
    this.unindex(connection);
    connection.become({ phase: 'authenticated', identity });
    this.index(connection);
    this.changed(connection, before);
    closeAll(replaced);
  }

  /** Adds observers, which are notified in this order. */
  observe(...observers: readonly ConnectionObserver[]): void {
    this.observers.push(...observers);
  }

  private toReplace(userId: string | undefined): readonly ClientConnection[] {
    return userId === undefined ? [] : this.userLimit.makeRoom(this.ofUser(userId));
  }

  private changed(connection: ClientConnection, before: string | undefined): void {
    if (before === undefined) this.identified(connection);
    else for (const observer of this.observers) observer.onUserChanged?.(connection);
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

/** With a code after which their clients stay away: two devices would otherwise push each other out for ever. */
function closeAll(connections: readonly ClientConnection[]): void {
  for (const { socket } of connections) socket.closeAndDestroy(CloseCode.ForcedDisconnect);
}
