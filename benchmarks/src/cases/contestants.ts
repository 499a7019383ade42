import { type PeerName, type PeerOptions, plainOptions } from '../server/peers/peer-server.js';
import type { Contestant } from './contestant.js';

/** One contestant per peer, all with the same options. */
export const contestants = (peers: readonly PeerName[], options: Partial<PeerOptions> = {}): readonly Contestant[] =>
  peers.map((peer) => ({ name: peer, peer, options: { ...plainOptions, ...options } }));
