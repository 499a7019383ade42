import type { PeerName, PeerOptions } from '../server/peers/peer-server.js';

/**
 * One row of a case: a peer with its options. Cases that vary a size or the spacing have several contestants for each
 * peer.
 */
export interface Contestant {
  readonly name: string;
  readonly peer: PeerName;
  readonly options: PeerOptions;
}
