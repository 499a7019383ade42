import { Inject, Injectable } from '@nestjs/common';
import { CloseCode, type ServerMessage, isSendableCloseCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { WsMetrics } from '../metrics/index.js';
import { ConnectionLimiter, type ConnectionPermit } from './connection-limiter.js';
import type { Connection } from './connection.js';
import type { Identity } from './identity.js';
import { Multimap } from './multimap.js';
import { WsError } from './ws-error.js';

export interface ConnectionStats {
  readonly activeConnections: number;
  /** Since the start. */
  readonly totalConnections: number;
  readonly peakConnections: number;
  readonly authenticatedConnections: number;
  /** Messages written to sockets since the start. */
  readonly messagesSent: number;
  readonly messagesReceived: number;
  /** Channels with at least one subscriber. */
  readonly channels: number;
}

/** Is notified when a connection ends or changes its user: in the same turn, before anything else happens. */
export interface ConnectionObserver {
  onUserChanged?(connection: Connection): void;
  onEnded?(connection: Connection): void;
}

/** Every connection of this process, by id and by user. */
@Injectable()
export class ConnectionRegistry {
  private readonly limiter: ConnectionLimiter;
  private readonly byId = new Map<string, Connection>();
  private readonly byUser = new Multimap<string, Connection>();
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
  add(connection: Connection): void {
    if (this.byId.has(connection.id)) throw WsError.duplicateConnection();
    this.byId.set(connection.id, connection);
    this.total += 1;
    this.peak = Math.max(this.peak, this.byId.size);
    this.metrics.connectionOpened();
    this.index(connection);
  }

  /** Ends a connection's life here: nothing is delivered to it from now on. Harmless when it is not here. */
  remove(connection: Connection, code: number = CloseCode.Normal): void {
    if (this.byId.get(connection.id) !== connection) return;
    this.byId.delete(connection.id);
    this.unindex(connection);
    connection.become({ phase: 'closed', code });
    this.metrics.connectionClosed();
    for (const observer of this.observers) observer.onEnded?.(connection);
  }

  get(id: string): Connection | undefined {
    return this.byId.get(id);
  }

  /** A snapshot. */
  list(): readonly Connection[] {
    return [...this.byId.values()];
  }

  /** A snapshot of one user's connections. */
  ofUser(userId: string): readonly Connection[] {
    return this.byUser.of(userId);
  }

  /**
   * Sends one message to one connection.
   * @throws WsError `CONNECTION_NOT_FOUND`
   */
  send(id: string, message: ServerMessage): void {
    const connection = this.byId.get(id);
    if (connection === undefined) throw WsError.connectionNotFound();
    connection.send(message);
  }

  /**
   * Closes a connection.
   * @param retryAfterMs hint for codes after which a client reconnects, in ms
   * @returns false when there is no such connection
   * @throws WsError `INVALID_PARAMS` for a code that a close frame cannot hold, such as 1006 (RFC 6455 §7.4)
   */
  disconnect(id: string, code: CloseCode = CloseCode.ForcedDisconnect, retryAfterMs?: number): boolean {
    if (!isSendableCloseCode(code)) throw WsError.unsendableCloseCode(code);
    const connection = this.byId.get(id);
    if (connection === undefined) return false;
    connection.socket.closeAndDestroy(code, retryAfterMs);
    return true;
  }

  getStats(): ConnectionStats {
    return {
      activeConnections: this.byId.size,
      totalConnections: this.total,
      peakConnections: this.peak,
      authenticatedConnections: this.authenticated,
      messagesSent: this.metrics.sentCount,
      messagesReceived: this.metrics.receivedCount,
      channels: this.metrics.channelCount,
    };
  }

  /**
   * Sets who the connection is. A change of user is told to the observers, who drop what the former one was allowed.
   */
  identify(connection: Connection, identity: Identity): void {
    if (this.byId.get(connection.id) !== connection) return;
    const before = connection.userId;
    this.unindex(connection);
    connection.become({ phase: 'authenticated', identity });
    this.index(connection);
    if (before !== undefined && before !== identity.userId) {
      for (const observer of this.observers) observer.onUserChanged?.(connection);
    }
  }

  /** Notifies the observers in this order, from now on. */
  observe(...observers: readonly ConnectionObserver[]): void {
    this.observers.push(...observers);
  }

  private index(connection: Connection): void {
    const { userId } = connection;
    if (userId === undefined) return;
    this.authenticated += 1;
    this.byUser.add(userId, connection);
  }

  private unindex(connection: Connection): void {
    const { userId } = connection;
    if (userId === undefined) return;
    this.authenticated -= 1;
    this.byUser.delete(userId, connection);
  }
}
