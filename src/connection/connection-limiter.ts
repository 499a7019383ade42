import { WsErrorCode } from '@skreaver/protocol';
import { AddressCounts } from '../address/index.js';
import { WsError } from './ws-error.js';

/** Permission for one connection to exist, acquired at the upgrade. Releasing it twice has no effect. */
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
    private readonly limiter: ConnectionLimiter,
    private readonly key: string,
  ) {}

  release(): void {
    if (this.released) return;
    this.released = true;
    this.limiter.release(this.key);
  }
}

/** Limits connections in total and per address (IPv6: per /64), counted from their upgrade request on. */
export class ConnectionLimiter {
  private acquired = 0;
  private readonly acquiredBy = new AddressCounts();

  constructor(private readonly limits: ConnectionLimits) {}

  get size(): number {
    return this.acquired;
  }

  /** @throws WsError `CONNECTION_LIMIT_EXCEEDED`, `details.scope` being `server` or `address` */
  acquire(clientAddress: string): ConnectionPermit {
    const { maxConnections, maxConnectionsPerIp } = this.limits;
    if (this.acquired >= maxConnections) throw limitExceeded('server', maxConnections);
    const key = this.acquiredBy.take(clientAddress, maxConnectionsPerIp);
    if (key === undefined) throw limitExceeded('address', maxConnectionsPerIp);
    this.acquired += 1;
    return new AcquiredPermit(this, key);
  }

  /** @internal */
  release(key: string): void {
    this.acquired -= 1;
    this.acquiredBy.release(key);
  }
}

export function limitExceeded(scope: 'server' | 'address', max: number): WsError {
  const where = scope === 'server' ? 'on this server' : 'from this address';
  return new WsError(
    WsErrorCode.ConnectionLimitExceeded,
    `There are already ${max} connections ${where}; close one or try again later.`,
    { scope, max },
  );
}
