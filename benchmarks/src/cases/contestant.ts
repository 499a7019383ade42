import type { PeerName, PeerOptions } from '../server/peers/peer-server.js';

/** One side of a comparison: mostly a peer, in P8 one size of a peer. */
export interface Contestant {
  readonly name: string;
  readonly peer: PeerName;
  readonly options: PeerOptions;
}
