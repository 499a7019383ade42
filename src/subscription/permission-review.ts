import { Injectable } from '@nestjs/common';
import { Permissions, isDenied } from '../auth/index.js';
import { SubscriberIndex, SubscriptionLocks } from '../channel/index.js';
import type { ClientConnection, WsError } from '../connection/index.js';
import { ThrottledLog } from '../metrics/index.js';
import { SubscriptionRevoker } from './subscription-revoker.js';

/** Asks for the permissions of all subscriptions again, after the token was renewed: the new one may allow less. */
@Injectable()
export class PermissionReview {
  constructor(
    private readonly permissions: Permissions,
    private readonly index: SubscriberIndex,
    private readonly locks: SubscriptionLocks,
    private readonly endings: SubscriptionRevoker,
    private readonly log: ThrottledLog,
  ) {}

  /**
   * Ends every subscription that is refused now, and keeps those that cannot be checked now. Holds the lock of the
   * connection, so a subscribe and a review never overlap.
   */
  async review(connection: ClientConnection): Promise<void> {
    await using _held = await this.locks.ofConnection(connection.id);
    const { session } = connection;
    const channels = this.index.channelsOf(connection);
    const refusals = await Promise.all(channels.map((channel) => this.refusalOf(connection, channel)));
    // Otherwise all of them have ended.
    if (!session.isCurrent) return;
    const denied = channels.filter((_channel, at) => isDenied(refusals[at]));
    const kept = refusals.filter((refusal) => refusal !== undefined).length - denied.length;
    if (kept > 0) this.reportKept(connection, kept);
    this.endings.revoke(connection, denied);
  }

  /** Asks what was asked at the subscribe: also for `presence` where the connection receives joins and leaves. */
  private async refusalOf(connection: ClientConnection, channel: string): Promise<WsError | undefined> {
    const refusal = await this.permissions.refusal(connection, channel, 'subscribe');
    if (isDenied(refusal) || this.index.find(channel)?.presenceReceivers.has(connection) !== true) return refusal;
    return (await this.permissions.refusal(connection, channel, 'presence')) ?? refusal;
  }

  private reportKept(connection: ClientConnection, kept: number): void {
    this.log.write('warn', connection, 'subscriptions kept: permissions could not be checked', {
      connection_id: connection.id,
      user_id: connection.userId,
      kept,
    });
  }
}
