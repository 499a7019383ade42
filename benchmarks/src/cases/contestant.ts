import type { PeerName, PeerOptions } from '../server/peers/peer-server.js';

/**
 * One row of a case: a peer with its options. Cases that vary a size or the spacing have several contestants for each
 * peer.
 */
export interface Contestant {
  readonly name: string;
  readonly peer: PeerName;
  readonly options: PeerOptions;
  /** Number of servers that share one engine; by default one server without. */
  readonly nodes?: number;
  /** Its client library runs in a page of Chromium instead of a process of Node. */
  readonly inPage?: boolean;
  /** What they share. Default: a Redis. */
  readonly engine?: 'redis' | 'hub';
}
