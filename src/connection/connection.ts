import type { Handshake } from '../transport/index.js';
import type { ConnectionData } from './connection-data.js';
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
  /**
   * The upgrade request, without secrets: the token, `authorization`, `proxy-authorization` and `cookie` are not kept,
   * nor the headers of the upgrade itself. At most 4,096 characters of the headers, and of the query, are kept; an entry
   * that does not fit is missing. Made anew at each read.
   */
  readonly handshake: Handshake;
  /** What the application keeps with the connection; the module never reads it. Made on first use. */
  readonly data: ConnectionData;
  /** The channels that it is subscribed to: a snapshot, made at each read. Empty after the end. */
  readonly subscriptions: readonly string[];
}
