import type { PeerName } from '../server/peers/peer-server.js';
import type { OpenReader, Reader, ReaderPlan } from './reader.js';

/** Imported lazily, so that a process does not load the other libraries. */
const readers: Readonly<Partial<Record<PeerName, () => Promise<OpenReader>>>> = {
  ours: async () => (await import('./skreaver-reader.js')).openSkreaverReader,
  baseline: async () => (await import('./skreaver-reader.js')).openSkreaverReader,
  ws: async () => (await import('./plain-reader.js')).openPlainReader,
  'socket.io': async () => (await import('./socket-io-reader.js')).openSocketIoReader,
  centrifugo: async () => (await import('./centrifuge-reader.js')).openCentrifugeReader,
};

/** @throws Error for a peer without a client library */
export async function openReader(peer: PeerName, plan: ReaderPlan): Promise<Reader> {
  const load = readers[peer];
  if (load === undefined) throw new Error(`There is no client library of ${peer}.`);
  const open = await load();
  return open(plan);
}
