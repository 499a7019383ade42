import type { PeerName, PeerOptions, PeerServer } from './peer-server.js';

type Start = (options: PeerOptions) => Promise<PeerServer>;

/** Each is imported only where it runs, so that a server carries none of the others. */
const starts: Readonly<Record<PeerName, () => Promise<Start>>> = {
  ours: async () => (await import('./ours/start-ours.js')).startOurs,
  // Started from its own checkout, where it is that checkout's `ours`.
  baseline: async () => (await import('./ours/start-ours.js')).startOurs,
  ws: async () => (await import('./bare-ws.js')).startBareWs,
  'socket.io': async () => (await import('./socket-io.js')).startSocketIo,
  uws: async () => (await import('./u-web-sockets.js')).startUWebSockets,
  nest: async () => (await import('./stock-nest/start-stock-nest.js')).startStockNest,
};

export async function startPeer(name: PeerName, options: PeerOptions): Promise<PeerServer> {
  const start = await starts[name]();
  return start(options);
}
