import { Injectable } from '@nestjs/common';
import { CloseCode, WsErrorCode } from '@skreaver/protocol';
import { SubscriberIndex } from '../channel/index.js';
import type { Connection } from '../connection/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { SubscribeHandler } from './subscribe-handler.js';

/** Channels that one message names: it stays small whatever the limits are. */
const CHANNELS_PER_MESSAGE = 100;

/** Ends subscriptions that are allowed no longer, and tells the client. */
@Injectable()
export class SubscriptionRevoker {
  constructor(
    private readonly subscribing: SubscribeHandler,
    private readonly index: SubscriberIndex,
    private readonly log: ThrottledLog,
  ) {}

  /**
   * From this turn on nothing that is published reaches the connection through the channels. A subscribe that is under way
   * fails with `PERMISSION_DENIED`.
   * @returns whether the client took itself for subscribed to any
   */
  revoke(connection: Connection, channels: Iterable<string>): boolean {
    const told: string[] = [];
    for (const channel of new Set(channels)) {
      if (this.subscribing.revoke(connection, channel) || this.index.has(connection, channel)) told.push(channel);
      this.index.remove(connection, channel);
    }
    this.notify(connection, told);
    return told.length > 0;
  }

  /** As {@link revoke}, of every channel. */
  revokeAll(connection: Connection): boolean {
    return this.revoke(connection, [...this.index.channelsOf(connection), ...this.subscribing.channelsOf(connection)]);
  }

  private notify(connection: Connection, channels: readonly string[]): void {
    try {
      for (let at = 0; at < channels.length; at += CHANNELS_PER_MESSAGE) {
        const unsubscribed = channels.slice(at, at + CHANNELS_PER_MESSAGE);
        const data = { success: true, unsubscribed, reason: WsErrorCode.PermissionDenied };
        connection.send({ type: 'unsubscribe_response', data });
      }
    } catch (error) {
      // It would take itself for subscribed.
      this.log.write('error', connection, 'revocation notice failed', {
        connection_id: connection.id,
        error: describeError(error),
      });
      connection.socket.closeAndDestroy(CloseCode.InternalError);
    }
  }
}
