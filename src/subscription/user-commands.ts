import { Injectable } from '@nestjs/common';
import { CloseCode, WsErrorCode, isChannelName } from '@skreaver/protocol';
import { Backplane } from '../backplane/index.js';
import { ConnectionTable, WsError } from '../connection/index.js';
import { SubscriptionRevoker } from './subscription-revoker.js';

const CLOSE_CODES: ReadonlySet<number> = new Set(Object.values(CloseCode));

/** Revokes subscriptions of a user and disconnects it, on every node. */
@Injectable()
export class UserCommands {
  constructor(
    private readonly backplane: Backplane,
    private readonly connections: ConnectionTable,
    private readonly endings: SubscriptionRevoker,
  ) {}

  /** @throws WsError `INVALID_CHANNEL`; and what the backplane throws */
  async revoke(userId: string, channel: string | undefined): Promise<number> {
    if (channel !== undefined && !isChannelName(channel)) throw WsError.invalidChannel(channel);
    return this.backplane.dispatch({ kind: 'revoke', userId, channel });
  }

  /** @throws WsError `INVALID_PARAMS` (not a close code of the protocol); and what the backplane throws */
  async disconnectUser(userId: string, code: CloseCode): Promise<number> {
    if (!CLOSE_CODES.has(code))
      throw new WsError(WsErrorCode.InvalidParams, 'Not a close code of the protocol; use CloseCode.');
    return this.backplane.dispatch({ kind: 'disconnect', userId, code });
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
