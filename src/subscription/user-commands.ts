import { Injectable } from '@nestjs/common';
import { type ChannelRequest, CloseCode, WsErrorCode, isChannelName } from '@skreaver/protocol';
import { Backplane, type NodeCommand } from '../backplane/index.js';
import { ConnectionTable, WsError } from '../connection/index.js';
import { BackplaneMetrics } from '../metrics/index.js';
import { SubscribeHandler } from './subscribe-handler.js';
import { SubscriptionRevoker } from './subscription-revoker.js';

const CLOSE_CODES: ReadonlySet<number> = new Set(Object.values(CloseCode));

/**
 * Subscribes and unsubscribes a user, revokes its subscriptions and disconnects it, on every node. Each resolves only
 * when every node has confirmed: a caller goes on as if it were done everywhere, and the numbers are those of all nodes.
 */
@Injectable()
export class UserCommands {
  constructor(
    private readonly backplane: Backplane,
    private readonly connections: ConnectionTable,
    private readonly subscribing: SubscribeHandler,
    private readonly endings: SubscriptionRevoker,
    private readonly metrics: BackplaneMetrics,
  ) {}

  /** @throws WsError `INVALID_CHANNEL`, `UNAVAILABLE` (`unconfirmed`); and what the backplane throws */
  async subscribe(userId: string, channels: readonly ChannelRequest[]): Promise<number> {
    assertChannels(channels.map((request) => (typeof request === 'string' ? request : request.channel)));
    return this.onEveryNode({ kind: 'subscribe', userId, channels });
  }

  /** @throws WsError `INVALID_CHANNEL`, `UNAVAILABLE` (`unconfirmed`); and what the backplane throws */
  async unsubscribe(userId: string, channels: readonly string[]): Promise<number> {
    assertChannels(channels);
    return this.onEveryNode({ kind: 'unsubscribe', userId, channels });
  }

  /** @throws WsError `INVALID_CHANNEL`, `UNAVAILABLE` (`unconfirmed`); and what the backplane throws */
  async revoke(userId: string, channel: string | undefined): Promise<number> {
    if (channel !== undefined) assertChannels([channel]);
    return this.onEveryNode({ kind: 'revoke', userId, channel });
  }

  /**
   * @throws WsError `INVALID_PARAMS` (not a close code of the protocol), `UNAVAILABLE` (`unconfirmed`); and what the
   * backplane throws
   */
  async disconnectUser(userId: string, code: CloseCode): Promise<number> {
    if (!CLOSE_CODES.has(code))
      throw new WsError(WsErrorCode.InvalidParams, 'Not a close code of the protocol; use CloseCode.');
    return this.onEveryNode({ kind: 'disconnect', userId, code });
  }

  /** @throws WsError `UNAVAILABLE` when a node has not confirmed; and what the backplane throws */
  private async onEveryNode(command: NodeCommand): Promise<number> {
    const { affected, unconfirmed } = await this.backplane.dispatch(command);
    if (unconfirmed > 0) {
      this.metrics.commandUnconfirmed();
      throw WsError.unconfirmed(unconfirmed);
    }
    return affected;
  }

  /** Subscribes the user's connections on this node. */
  subscribeHere(userId: string, channels: readonly ChannelRequest[]): Promise<number> {
    return this.subscribing.subscribeEach(this.connections.ofUser(userId), channels);
  }

  /** Unsubscribes the user's connections on this node. */
  unsubscribeHere(userId: string, channels: readonly string[]): number {
    return this.connections.ofUser(userId).filter((connection) => {
      const wasSubscribed = channels.some((channel) => this.endings.isTold(connection, channel));
      this.endings.unsubscribe(connection, channels);
      return wasSubscribed;
    }).length;
  }

  /** Ends the subscriptions of the user's connections on this node. */
  revokeHere(userId: string, channel: string | undefined): number {
    const connections = this.connections.ofUser(userId);
    return connections.filter((connection) =>
      channel === undefined ? this.endings.revokeAll(connection) : this.endings.revoke(connection, [channel]),
    ).length;
  }

  /** Closes the user's connections on this node. */
  disconnectHere(userId: string, code: CloseCode): number {
    const connections = this.connections.ofUser(userId);
    for (const { socket } of connections) socket.closeAndDestroy(code);
    return connections.length;
  }
}

/** @throws WsError `INVALID_CHANNEL` */
function assertChannels(channels: readonly string[]): void {
  const invalid = channels.find((channel) => !isChannelName(channel));
  if (invalid !== undefined) throw WsError.invalidChannel(invalid);
}
