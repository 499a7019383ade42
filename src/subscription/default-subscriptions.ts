import { Injectable } from '@nestjs/common';
import { CloseCode } from '@skreaver/protocol';
import type { DefaultChannel } from '../auth/index.js';
import type { ClientConnection } from '../connection/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { PermissionReview } from './permission-review.js';
import { SubscribeHandler } from './subscribe-handler.js';

/**
 * Subscribes connections to the channels that the application names for their identity. `Permissions` has been granted
 * them before, so the `AuthHandler` is not asked.
 */
@Injectable()
export class DefaultSubscriptions {
  private readonly underWay = new Map<ClientConnection, Promise<void>>();

  constructor(
    private readonly subscribing: SubscribeHandler,
    private readonly reviews: PermissionReview,
    private readonly log: ThrottledLog,
  ) {}

  /** Subscribes a connection that has just opened. Its first message waits ({@link whenDone}). */
  begin(connection: ClientConnection, channels: readonly DefaultChannel[] = []): void {
    if (channels.length === 0) return;
    const done = this.subscribe(connection, channels).finally(() => this.underWay.delete(connection));
    this.underWay.set(connection, done);
  }

  /** `undefined` where nothing is to wait for. */
  whenDone(connection: ClientConnection): Promise<void> | undefined {
    return this.underWay.size === 0 ? undefined : this.underWay.get(connection);
  }

  /**
   * After an `auth` message: ends what the new identity does not allow, then subscribes to what is new. In this order,
   * as the former frees slots.
   */
  async renew(connection: ClientConnection, channels: readonly DefaultChannel[] = []): Promise<void> {
    await this.reviews.review(connection);
    if (channels.length > 0) await this.subscribe(connection, channels);
  }

  /** Never rejects. A client that cannot be told is closed: it would not know what it is subscribed to. */
  private async subscribe(connection: ClientConnection, channels: readonly DefaultChannel[]): Promise<void> {
    try {
      const { failed } = await this.subscribing.subscribe(connection, channels);
      if (failed.length > 0 && !connection.isClosed) this.report(connection, { failed });
    } catch (error) {
      this.report(connection, { error: describeError(error) });
      connection.socket.closeAndDestroy(CloseCode.InternalError);
    }
  }

  private report(connection: ClientConnection, why: object): void {
    const { id, userId } = connection;
    this.log.write('warn', connection, 'default channels failed', { connection_id: id, user_id: userId, ...why });
  }
}
