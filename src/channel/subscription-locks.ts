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
   * Locks the subscribes of one connection against each other. A subscribe is a check that awaits and then a commit:
   * with the lock held over both, no more permissions are asked for than the connection may hold subscriptions.
   */
  ofConnection(connectionId: string): Promise<HeldConnection> {
    return this.locks.acquire('connections', connectionId);
  }

  /** Locks as {@link ofConnection} does, without waiting; `undefined` while the lock is held. */
  tryConnection(connectionId: string): HeldConnection | undefined {
    return this.locks.tryAcquire('connections', connectionId);
  }

  /** Locks opening a channel for its first subscriber against closing it after the last one: both await. */
  ofChannel(channel: string): Promise<LockHandle<Levels, 'channels'>> {
    return this.locks.acquire('channels', channel);
  }
}
