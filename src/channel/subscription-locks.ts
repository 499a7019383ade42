import { Injectable } from '@nestjs/common';
import { type LockHandle, OrderedLocks } from '@skreaver/ordered-locks';

type Levels = readonly ['connections', 'channels'];

/** The lock that a subscribe of one connection holds, and through which it locks channels. */
export type HeldConnection = LockHandle<Levels, 'connections'>;

/** The module's locks, in the one order in which they may be taken. */
@Injectable()
export class SubscriptionLocks {
  private readonly locks = new OrderedLocks(['connections', 'channels']);

  /**
   * Locks the subscribes of one connection against each other. A subscribe first checks, which awaits, and then
   * commits. The lock is held over both, so that no more permissions are asked for than the connection may have
   * subscriptions.
   */
  ofConnection(connectionId: string): Promise<HeldConnection> {
    return this.locks.acquire('connections', connectionId);
  }

  /** Locks as {@link ofConnection} does, without waiting; `undefined` while the lock is held. */
  tryConnection(connectionId: string): HeldConnection | undefined {
    return this.locks.tryAcquire('connections', connectionId);
  }

  /**
   * Locks the opening of a channel for its first subscriber against the closing after its last one, since both await
   * the backplane.
   */
  ofChannel(channel: string): Promise<LockHandle<Levels, 'channels'>> {
    return this.locks.acquire('channels', channel);
  }
}
