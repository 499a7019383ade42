import { Injectable } from '@nestjs/common';
import { CloseCode, WsErrorCode } from '@skreaver/protocol';
import { SubscriberIndex } from '../channel/index.js';
import type { ClientConnection } from '../connection/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { SubscribeHandler } from './subscribe-handler.js';

/** Channels in one message at most, so that it stays small whatever the limits are. */
const CHANNELS_PER_MESSAGE = 100;

/** Revokes subscriptions that are not allowed any more, and notifies the client. */
@Injectable()
export class SubscriptionRevoker {
  constructor(
    private readonly subscribing: SubscribeHandler,
    private readonly index: SubscriberIndex,
    private readonly log: ThrottledLog,
  ) {}

  /**
   * Ends the subscriptions in this turn: no later publication reaches the connection through these channels. A
   * subscribe under way fails with `PERMISSION_DENIED`.
   * @returns whether the client believed to be subscribed to any of them
   */
  revoke(connection: ClientConnection, channels: Iterable<string>): boolean {
    const told: string[] = [];
    for (const channel of new Set(channels)) {
      if (this.subscribing.revoke(connection, channel) || this.index.has(connection, channel)) told.push(channel);
      this.index.remove(connection, channel);
    }
    this.notify(connection, told);
    return told.length > 0;
  }

  /** Revokes every subscription, as {@link revoke} does. */
  revokeAll(connection: ClientConnection): boolean {
    return this.revoke(connection, [...this.index.channelsOf(connection), ...this.subscribing.channelsOf(connection)]);
  }

  private notify(connection: ClientConnection, channels: readonly string[]): void {
    try {
      for (let at = 0; at < channels.length; at += CHANNELS_PER_MESSAGE) {
        const unsubscribed = channels.slice(at, at + CHANNELS_PER_MESSAGE);
        const data = { success: true, unsubscribed, reason: WsErrorCode.PermissionDenied };
        connection.send({ type: 'unsubscribe_response', data });
      }
    } catch (error) {
      // Otherwise the client would believe that it still is subscribed.
      this.log.write('error', connection, 'revocation notice failed', {
        connection_id: connection.id,
        error: describeError(error),
      });
      connection.socket.closeAndDestroy(CloseCode.InternalError);
    }
  }
}
