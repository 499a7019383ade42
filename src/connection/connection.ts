import type { Identity } from './identity.js';

/** A client's connection, as applications see it. The properties are live: read them again after an await. */
export interface Connection {
  readonly id: string;
  /** The client's address, behind trusted proxies the one that they forward (`trustedProxies`). */
  readonly clientAddress: string;
  readonly connectedAt: Date;
  /** Undefined before authentication and after the end. */
  readonly identity: Identity | undefined;
  readonly userId: string | undefined;
  readonly isClosed: boolean;
}
