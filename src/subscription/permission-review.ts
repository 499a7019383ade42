import { Injectable } from '@nestjs/common';
import { Permissions } from '../auth/index.js';
import { SubscriberIndex, SubscriptionLocks } from '../channel/index.js';
import type { Connection } from '../connection/index.js';
import { SubscriptionEndings } from './subscription-endings.js';

/** Asks again for what a connection holds, after its token was renewed: the new one may allow less. */
@Injectable()
export class PermissionReview {
  constructor(
    private readonly permissions: Permissions,
    private readonly index: SubscriberIndex,
    private readonly locks: SubscriptionLocks,
    private readonly endings: SubscriptionEndings,
  ) {}

  /** Ends every subscription that is refused now. Subscribes of the connection wait for it, or it for them. */
  async review(connection: Connection): Promise<void> {
    await using _held = await this.locks.ofConnection(connection.id);
    const { generation } = connection;
    const channels = this.index.channelsOf(connection);
    const isAllowed = await Promise.all(channels.map((channel) => this.mayStay(connection, channel)));
    // Else all of them have ended.
    if (connection.generation !== generation) return;
    this.endings.deny(
      connection,
      channels.filter((_channel, at) => isAllowed[at] !== true),
    );
  }

  /** Asks what was asked when it began: who gets joins and leaves must be allowed to know the members. */
  private async mayStay(connection: Connection, channel: string): Promise<boolean> {
    if (!(await this.permissions.allows(connection, channel, 'subscribe'))) return false;
    if (this.index.find(channel)?.watchers.has(connection) !== true) return true;
    return this.permissions.allows(connection, channel, 'presence');
  }
}
