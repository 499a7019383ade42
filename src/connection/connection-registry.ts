import { Injectable } from '@nestjs/common';
import { CloseCode, isSendableCloseCode } from '@skreaver/protocol';
import { WsMetrics } from '../metrics/index.js';
import { ConnectionTable } from './connection-table.js';
import type { Connection } from './connection.js';
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

/**
 * Finds and disconnects the connections of this process. Applications inject it.
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { CloseCode, ConnectionRegistry } from '@skreaver/nestjs-ws';
 *
 * @Injectable()
 * export class Janitor {
 *   constructor(private readonly connections: ConnectionRegistry) {}
 *
 *   disconnectOlderThan(ms: number): void {
 *     for (const { id, connectedAt } of this.connections.list()) {
 *       if (Date.now() - connectedAt.getTime() > ms) this.connections.disconnect(id, CloseCode.Reconnect);
 *     }
 *   }
 * }
 * ```
 */
@Injectable()
export class ConnectionRegistry {
  constructor(
    private readonly table: ConnectionTable,
    private readonly metrics: WsMetrics,
  ) {}

  get(id: string): Connection | undefined {
    return this.table.get(id);
  }

  /** A snapshot. */
  list(): readonly Connection[] {
    return this.table.list();
  }

  /** A snapshot of one user's connections. */
  ofUser(userId: string): readonly Connection[] {
    return this.table.ofUser(userId);
  }

  /**
   * Closes a connection.
   * @param code default 4505 `ForcedDisconnect`
   * @param retryAfterMs hint for codes after which a client reconnects, in ms
   * @returns false when there is no such connection
   * @throws WsError `INVALID_PARAMS` for a code that a close frame cannot hold, such as 1006 (RFC 6455 §7.4)
   */
  disconnect(id: string, code: CloseCode = CloseCode.ForcedDisconnect, retryAfterMs?: number): boolean {
    if (!isSendableCloseCode(code)) throw WsError.unsendableCloseCode(code);
    const connection = this.table.get(id);
    if (connection === undefined) return false;
    connection.socket.closeAndDestroy(code, retryAfterMs);
    return true;
  }

  getStats(): ConnectionStats {
    const { active, total, peak, authenticated } = this.table.counts;
    return {
      activeConnections: active,
      totalConnections: total,
      peakConnections: peak,
      authenticatedConnections: authenticated,
      messagesSent: this.metrics.sentCount,
      messagesReceived: this.metrics.receivedCount,
      channels: this.metrics.channelCount,
    };
  }
}
