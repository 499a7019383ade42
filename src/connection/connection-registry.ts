import { Injectable } from '@nestjs/common';
import { CloseCode, WsErrorCode, isSendableCloseCode } from '@skreaver/protocol';
import { WsMetrics } from '../metrics/index.js';
import { TimerWheel } from '../timers/index.js';
import { ConnectionRouter } from './connection-router.js';
import { ConnectionTable } from './connection-table.js';
import type { Connection } from './connection.js';
import { type RebalanceOptions, checkedRebalance, moveAway, sampleOf } from './rebalancing.js';
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
 * Finds the connections of this process, and disconnects those of any. Applications inject it.
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { CloseCode, ConnectionRegistry } from '@skreaver/nestjs-ws';
 *
 * @Injectable()
 * export class Janitor {
 *   constructor(private readonly connections: ConnectionRegistry) {}
 *
 *   async disconnectOlderThan(ms: number): Promise<void> {
 *     for (const { id, connectedAt } of this.connections.list()) {
 *       if (Date.now() - connectedAt.getTime() > ms) await this.connections.disconnect(id, CloseCode.Reconnect);
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
    private readonly wheel: TimerWheel,
    private readonly router: ConnectionRouter,
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
   * Closes a connection, on whatever node it is: on this one before it returns.
   * @param code default 4505 `ForcedDisconnect`
   * @param retryAfterMs hint for codes after which a client reconnects, in ms
   * @returns false when there is no such connection
   * @throws WsError `INVALID_PARAMS` for a code that a close frame cannot hold, such as 1006 (RFC 6455 §7.4),
   * `UNAVAILABLE` when its node does not answer; and what the backplane throws
   */
  async disconnect(id: string, code: CloseCode = CloseCode.ForcedDisconnect, retryAfterMs?: number): Promise<boolean> {
    if (!isSendableCloseCode(code)) throw WsError.unsendableCloseCode(code);
    const connection = this.table.get(id);
    if (connection !== undefined) {
      connection.socket.closeAndDestroy(code, retryAfterMs);
      return true;
    }
    try {
      await this.router.dispatch({ kind: 'disconnectConnection', connectionId: id, code, retryAfterMs });
      return true;
    } catch (error) {
      if (error instanceof WsError && error.code === WsErrorCode.ConnectionNotFound) return false;
      throw error;
    }
  }

  /**
   * Moves a share of this node's connections to others, such as after nodes were added. They are closed with 4005, spread
   * over the time, and each client comes back within a second, to whichever node the load balancer chooses.
   * @returns how many are moved
   * @throws RangeError for a share or a time that is none
   * @example
   * ```ts
   * import type { ConnectionRegistry } from '@skreaver/nestjs-ws';
   *
   * // A third node was added: each of the two others gives it a third of its connections.
   * export const makeRoom = (connections: ConnectionRegistry) => connections.rebalance({ share: 1 / 3, over: 120_000 });
   * ```
   */
  rebalance(options: RebalanceOptions): number {
    const { share, over } = checkedRebalance(options);
    const moved = sampleOf(this.table.list(), share);
    moveAway(moved, over, this.wheel);
    return moved.length;
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
