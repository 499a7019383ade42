import { Injectable } from '@nestjs/common';
import { CloseCode, WsErrorCode } from '@skreaver/protocol';
import { Permissions } from '../auth/index.js';
import { SubscriberIndex } from '../channel/index.js';
import type { ClientConnection } from '../connection/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { SubscribeHandler } from './subscribe-handler.js';
import type { Unsubscribed } from './subscription-outcome.js';

/** Channels in one message at most, so that it stays small whatever the limits are. */
const CHANNELS_PER_MESSAGE = 100;

/** Ends subscriptions for the server, by a revocation or an unsubscribe, and notifies the client. */
@Injectable()
export class SubscriptionRevoker {
  constructor(
    private readonly subscribing: SubscribeHandler,
    private readonly permissions: Permissions,
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
      if (this.isTold(connection, channel)) told.push(channel);
      this.permissions.withdraw(connection, channel);
      this.subscribing.revoke(connection, channel);
      this.index.remove(connection, channel);
    }
    this.notify(connection, told, WsErrorCode.PermissionDenied);
    return told.length > 0;
  }

  /** Revokes every subscription, as {@link revoke} does. */
  revokeAll(connection: ClientConnection): boolean {
    this.permissions.withdraw(connection);
    return this.revoke(connection, [...this.index.channelsOf(connection), ...this.subscribing.channelsOf(connection)]);
  }

  /** Ends subscriptions and attempts for the application. A later subscribe is not affected. */
  unsubscribe(connection: ClientConnection, channels: readonly string[]): Unsubscribed {
    const told = [...new Set(channels)].filter((channel) => this.isTold(connection, channel));
    const outcome = this.subscribing.unsubscribe(connection, channels);
    this.notify(connection, told);
    return outcome;
  }

  /** True if the client believes to be subscribed: also while it recovers. */
  isTold(connection: ClientConnection, channel: string): boolean {
    return this.index.has(connection, channel) || this.subscribing.isRecovering(connection, channel);
  }

  private notify(connection: ClientConnection, channels: readonly string[], reason?: WsErrorCode): void {
    try {
      for (let at = 0; at < channels.length; at += CHANNELS_PER_MESSAGE) {
        const unsubscribed = channels.slice(at, at + CHANNELS_PER_MESSAGE);
        const data = { success: true, unsubscribed };
        connection.send({ type: 'unsubscribe_response', data: reason === undefined ? data : { ...data, reason } });
      }
    } catch (error) {
      // Otherwise the client would believe that it still is subscribed.
      this.log.write('error', connection, 'unsubscribe notice failed', {
        connection_id: connection.id,
        error: describeError(error),
      });
      connection.socket.closeAndDestroy(CloseCode.InternalError);
    }
  }
}
