import 'reflect-metadata';
import { answerOrders } from '../suite/answer-orders.js';
import { Unavailable } from '../suite/unavailable.js';
import { settledMemory } from './settled-memory.js';
import type { PeerServer } from './peers/peer-server.js';
import { startPeer } from './peers/start-peer.js';
import { publish } from './publisher.js';
import type { ServerArgument, ServerOrder, ServerReply } from './server-messages.js';
import { UsageMeter } from './usage-meter.js';

const { peer, options } = JSON.parse(process.argv[2] ?? '') as ServerArgument;
const starting = startPeer(peer, options);
// Each order that awaits the start reports the failure; this only prevents an unhandled rejection.
starting.catch(() => {});
let meter: UsageMeter | undefined;

answerOrders<ServerOrder, ServerReply>({
  describe: async () => describe(starting),
  begin: ({ measureLoopDelay }) => {
    meter = new UsageMeter(measureLoopDelay);
    return { kind: 'begin' };
  },
  publish: async ({ plan }) => ({ kind: 'publish', lateTicks: await publish(await starting, plan) }),
  end: () => {
    if (meter === undefined) throw new Error('There is no end without a begin.');
    return { kind: 'end', ...meter.read() };
  },
  memory: async () => ({ kind: 'memory', ...(await settledMemory()) }),
});

async function describe(started: Promise<PeerServer>): Promise<Extract<ServerReply, { kind: 'describe' }>> {
  try {
    const { port, versions, changed } = await started;
    return { kind: 'describe', port, versions, changed };
  } catch (error) {
    if (error instanceof Unavailable) return { kind: 'describe', unavailable: error.message };
    throw error;
  }
}
