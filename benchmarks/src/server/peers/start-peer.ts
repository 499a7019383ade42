import type { PeerName, PeerOptions, PeerServer } from './peer-server.js';

type Start = (options: PeerOptions) => Promise<PeerServer>;

/** Imported lazily, so that a server process does not load the libraries of other peers. */
const starts: Readonly<Record<PeerName, () => Promise<Start>>> = {
  ours: async () => (await import('./ours/start-ours.js')).startOurs,
  // The server process of another checkout runs its own `ours`, so this entry only completes the record.
  baseline: async () => (await import('./ours/start-ours.js')).startOurs,
  ws: async () => (await import('./bare-ws.js')).startBareWs,
  'socket.io': async () => (await import('./socket-io.js')).startSocketIo,
  uws: async () => (await import('./u-web-sockets.js')).startUWebSockets,
  centrifugo: async () => (await import('./centrifugo-frames.js')).startCentrifugoFrames,
  nest: async () => (await import('./stock-nest/start-stock-nest.js')).startStockNest,
};

export async function startPeer(name: PeerName, options: PeerOptions): Promise<PeerServer> {
  const start = await starts[name]();
  return start(options);
}
