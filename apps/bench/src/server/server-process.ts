import 'reflect-metadata';
import { answerOrders } from '../children/answer-orders.js';
import { memoryAtRest } from './memory-at-rest.js';
import { PeerUnavailable } from './peers/peer-unavailable.js';
import { startPeer } from './peers/start-peer.js';
import { publish } from './publisher.js';
import type { ServerArgument, ServerOrder, ServerReply } from './server-messages.js';
import { UsageMeter } from './usage-meter.js';

const { peer, options } = JSON.parse(process.argv[2] ?? '') as ServerArgument;
const starting = startPeer(peer, options).catch((error: unknown) => {
  if (error instanceof PeerUnavailable) return error;
  throw error;
});
// Whoever asks gets the failure; nobody asking is no reason to end without a word.
starting.catch(() => {});
let meter = new UsageMeter();

answerOrders<ServerOrder, ServerReply>(async (order) => {
  const server = await starting;
  if (server instanceof PeerUnavailable) return { kind: 'describe', unavailable: server.message };
  switch (order.kind) {
    case 'describe':
      return { kind: 'describe', port: server.port, versions: server.versions, changed: server.changed };
    case 'begin':
      meter.read();
      meter = new UsageMeter();
      return { kind: 'begin' };
    case 'publish':
      return { kind: 'publish', lateTicks: await publish(server, order.plan) };
    case 'end':
      return { kind: 'end', ...meter.read() };
    case 'memory':
      return { kind: 'memory', rss: await memoryAtRest() };
  }
});
