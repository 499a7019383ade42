import { WsErrorCode } from '@skreaver/protocol';
import { AddressCounts } from '../address/index.js';
import { WsError } from './ws-error.js';

/** A place for one connection, taken at the upgrade; given back once, however often it is asked for. */
export interface ConnectionPermit {
  release(): void;
}

export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
}

class AcquiredPermit implements ConnectionPermit {
  private released = false;

  constructor(
    private readonly places: ConnectionLimiter,
    private readonly key: string,
  ) {}

  release(): void {
    if (this.released) return;
    this.released = true;
    this.places.release(this.key);
  }
}

/** Counts sockets from their upgrade request on, in total and per address (IPv6: per /64). */
export class ConnectionLimiter {
  private taken = 0;
  private readonly takenBy = new AddressCounts();

  constructor(private readonly limits: ConnectionLimits) {}

  get size(): number {
    return this.taken;
  }

  /** @throws WsError `CONNECTION_LIMIT_EXCEEDED`, `details.scope` being `server` or `address` */
  acquire(clientAddress: string): ConnectionPermit {
    const { maxConnections, maxConnectionsPerIp } = this.limits;
    if (this.taken >= maxConnections) throw limitExceeded('server', maxConnections);
    const key = this.takenBy.take(clientAddress, maxConnectionsPerIp);
    if (key === undefined) throw limitExceeded('address', maxConnectionsPerIp);
    this.taken += 1;
    return new AcquiredPermit(this, key);
  }

  /** @internal */
  release(key: string): void {
    this.taken -= 1;
    this.takenBy.release(key);
  }
}

function limitExceeded(scope: 'server' | 'address', max: number): WsError {
  const where = scope === 'server' ? 'on this server' : 'from this address';
  return new WsError(
    WsErrorCode.ConnectionLimitExceeded,
    `There are already ${max} connections ${where}; close one or try again later.`,
    { scope, max },
  );
}
