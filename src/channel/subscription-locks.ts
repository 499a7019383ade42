import { Injectable } from '@nestjs/common';
import { type Held, OrderedLocks } from '../concurrency/index.js';

type Levels = readonly ['connections', 'addresses', 'channels'];

/** What a subscribe of one connection holds, and through which it locks channels. */
export type HeldConnection = Held<Levels, 'connections'>;

/** The module's locks, in the one order in which they may be taken. */
@Injectable()
export class SubscriptionLocks {
  private readonly locks = new OrderedLocks(['connections', 'addresses', 'channels']);

  /**
   * A subscribe is a check that awaits and then a commit. Held over both, it keeps two subscribes of one connection
   * apart, so that no more permissions are asked for than the connection may hold subscriptions.
   */
  ofConnection(connectionId: string): Promise<HeldConnection> {
    return this.locks.acquire('connections', connectionId);
  }

  /** The same at once; `undefined` while it is held. */
  tryConnection(connectionId: string): HeldConnection | undefined {
    return this.locks.tryAcquire('connections', connectionId);
  }

  /** The first subscriber opens a channel, the last one closes it: both await, and exclude each other. */
  ofChannel(channel: string): Promise<Held<Levels, 'channels'>> {
    return this.locks.acquire('channels', channel);
  }
}
