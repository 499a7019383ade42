import type { PeerName } from '../server/peers/peer-server.js';
import type { OpenReader, ReaderPlan } from './reader.js';

type Readers = Readonly<Partial<Record<PeerName, () => Promise<OpenReader>>>>;

/** Those that are the same in Node and in a browser. Imported lazily, so that none loads the libraries of the others. */
const libraries: Readers = {
  ours: async () => (await import('./skreaver-reader.js')).openSkreaverReader,
  baseline: async () => (await import('./skreaver-reader.js')).openSkreaverReader,
  'socket.io': async () => (await import('./socket-io-reader.js')).openSocketIoReader,
  centrifugo: async () => (await import('./centrifuge-reader.js')).openCentrifugeReader,
};

/**
 * @param loadPlain loads the one that has no library, for `ws`
 * @throws Error for a peer without a client library
 */
export async function openReader(
  peer: PeerName,
  plan: ReaderPlan,
  loadPlain: () => Promise<OpenReader>,
): Promise<void> {
  const load = peer === 'ws' ? loadPlain : libraries[peer];
  if (load === undefined) throw new Error(`There is no client library of ${peer}.`);
  const open = await load();
  await open(plan);
}
