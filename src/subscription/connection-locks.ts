import { Injectable } from '@nestjs/common';
import { type Held, OrderedLocks } from '../concurrency/index.js';

type Levels = readonly ['connections', 'addresses', 'channels'];

/** The module's locks, in the one order in which they may be taken. */
@Injectable()
export class ConnectionLocks {
  private readonly locks = new OrderedLocks(['connections', 'addresses', 'channels']);

  /**
   * Subscribing is a check that awaits and then a commit. Held over both, it keeps two subscribes of one connection
   * apart, so that no more permissions are asked for than the connection may hold subscriptions.
   */
  ofConnection(connectionId: string): Promise<Held<Levels, 'connections'>> {
    return this.locks.acquire('connections', connectionId);
  }
}
