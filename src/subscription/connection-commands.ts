import { Injectable } from '@nestjs/common';
import { type ChannelRequest, type CloseCode, WsErrorCode, readJson } from '@skreaver/protocol';
import type { CommandResult } from '../backplane/index.js';
import { ConnectionRouter, ConnectionTable, WsError } from '../connection/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { SubscribeHandler } from './subscribe-handler.js';
import { SubscriptionRevoker } from './subscription-revoker.js';
import type { Subscribed, Unsubscribed } from './subscription-outcome.js';

/** What the node of the connection replies. */
interface Reply {
  /** Undefined where it failed. */
  readonly outcome?: Subscribed | Unsubscribed;
}

/** Subscribes and unsubscribes one connection, on whatever node it is; executes what other nodes command of one here. */
@Injectable()
export class ConnectionCommands {
  constructor(
    private readonly router: ConnectionRouter,
    private readonly connections: ConnectionTable,
    private readonly subscribing: SubscribeHandler,
    private readonly endings: SubscriptionRevoker,
    private readonly log: ThrottledLog,
  ) {}

  /** @throws as {@link ConnectionRouter.dispatch} */
  async subscribe(connectionId: string, channels: readonly ChannelRequest[]): Promise<Subscribed> {
    const connection = this.connections.get(connectionId);
    if (connection !== undefined) return this.subscribing.subscribe(connection, channels);
    const { replies } = await this.router.dispatch({ kind: 'subscribeConnection', connectionId, channels });
    const { positions, ...outcome } = outcomeIn(replies) as Subscribed;
    // Without a prototype here too, as a channel may have any name.
    return { ...outcome, positions: positions && Object.assign(Object.create(null) as object, positions) };
  }

  /** @throws as {@link ConnectionRouter.dispatch} */
  async unsubscribe(connectionId: string, channels: readonly string[]): Promise<Unsubscribed> {
    const connection = this.connections.get(connectionId);
    if (connection !== undefined) return this.endings.unsubscribe(connection, channels);
    const { replies } = await this.router.dispatch({ kind: 'unsubscribeConnection', connectionId, channels });
    return outcomeIn(replies) as Unsubscribed;
  }

  /** Subscribes a connection of this node. Never rejects. */
  async subscribeHere(connectionId: string, channels: readonly ChannelRequest[]): Promise<CommandResult> {
    const connection = this.connections.get(connectionId);
    if (connection === undefined) return { affected: 0 };
    try {
      return replied({ outcome: await this.subscribing.subscribe(connection, channels) });
    } catch (error) {
      const fields = { connection_id: connectionId, error: describeError(error) };
      this.log.write('error', connection, 'connection could not be subscribed', fields);
      return replied({});
    }
  }

  /** Unsubscribes a connection of this node. */
  unsubscribeHere(connectionId: string, channels: readonly string[]): CommandResult {
    const connection = this.connections.get(connectionId);
    if (connection === undefined) return { affected: 0 };
    return replied({ outcome: this.endings.unsubscribe(connection, channels) });
  }

  /** Closes a connection of this node. */
  disconnectHere(connectionId: string, code: CloseCode, retryAfterMs?: number): number {
    const connection = this.connections.get(connectionId);
    connection?.socket.closeAndDestroy(code, retryAfterMs);
    return connection === undefined ? 0 : 1;
  }
}

const replied = (reply: Reply): CommandResult => ({
  affected: 1,
  replyJson: JSON.stringify(reply),
});

/** @throws WsError `INTERNAL_ERROR` where the node failed */
function outcomeIn([json = '{}']: readonly string[]): unknown {
  const reply = readJson(json) as Reply;
  if (reply.outcome === undefined) throw new WsError(WsErrorCode.InternalError);
  return reply.outcome;
}
