import { type PeerName, plainOptions } from '../server/peers/peer-server.js';
import type { Contestant } from './contestant.js';

/** One side per peer, all alike. */
export const contestants = (peers: readonly PeerName[], compression = false): readonly Contestant[] =>
  peers.map((peer) => ({ name: peer, peer, options: { ...plainOptions, compression } }));
