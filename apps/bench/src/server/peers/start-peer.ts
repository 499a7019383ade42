import type { PeerOptions, PeerServer } from './peer-server.js';

type Start = (options: PeerOptions) => Promise<PeerServer>;

/** Each is imported only where it runs, so that a server carries none of the others. */
const starts: Readonly<Record<string, () => Promise<Start>>> = {
  ours: async () => (await import('./ours/start-ours.js')).startOurs,
  ws: async () => (await import('./bare-ws.js')).startBareWs,
};

export async function startPeer(name: string, options: PeerOptions): Promise<PeerServer> {
  const load = starts[name];
  if (load === undefined) throw new Error(`There is no peer ${name}.`);
  const start = await load();
  return start(options);
}
