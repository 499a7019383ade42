import type { Rig } from '../suite/rig.js';
import type { BenchCase } from './bench-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import { cpuFigures, cpuPer } from './cpu-figures.js';
import { clientLoad, deliveryRate, serverLoad } from './figures.js';
import { coreShare, remarksOnClient } from './remarks.js';
import { connect } from './rig-steps.js';
import type { Scale } from './scale.js';

/** Publishes ordered at once; far below the slow-consumer limit of any peer. */
const CHUNK = 25;
const AS_FAST_AS_IT_GOES = 1e6;
const CHUNK_TIMEOUT_MS = 20_000;

export function saturation(scale: Scale): BenchCase {
  const connections = scale.of(1000, 200);
  return {
    id: 'S1',
    title: `Throughput: broadcast, 128 B, ${count(connections)} subscribers, as fast as it goes`,
    how: `One publish in each turn of the event loop, at most ${2 * CHUNK} ahead of what the clients have read.`,
    figures: [deliveryRate, ...cpuPer('delivery'), serverLoad, clientLoad],
    plots: ['rate'],
    contestants: contestants(['ours', 'baseline', 'ws', 'socket.io', 'uws']),
    targets: [],
    async prepare(rig) {
      await connect(rig, { connections, channels: 1, ownChannels: 0 });
      await pump(rig, connections, scale.seconds / 2);
      return {
        async round() {
          await rig.server.ask({ kind: 'begin', measureLoopDelay: false });
          await pump(rig, connections, scale.seconds);
          const server = await rig.server.ask({ kind: 'end' });
          const load = await rig.load.ask({ kind: 'end' });
          return {
            figures: {
              rate: load.deliveries / (server.wallMs / 1000),
              ...cpuFigures(server, load.deliveries),
              server: coreShare(server) * 100,
              client: load.utilisation * 100,
            },
            remarks: remarksOnClient(load),
          };
        },
      };
    },
  };
}

/** Keeps a second chunk in flight while the clients read the first. */
async function pump({ server, load }: Rig, connections: number, seconds: number): Promise<void> {
  const plan = { channels: 1, bytes: 128, ticksPerSecond: AS_FAST_AS_IT_GOES, perTick: 1, ticks: CHUNK };
  const until = performance.now() + seconds * 1000;
  await load.ask({ kind: 'begin', measureLatency: false });
  let published = 0;
  const wait = async (deliveries: number): Promise<void> => {
    const { complete } = await load.ask({ kind: 'await', deliveries, timeoutMs: CHUNK_TIMEOUT_MS });
    if (!complete) throw new Error(`Not all of ${deliveries} deliveries came.`);
  };
  while (performance.now() < until) {
    await server.ask({ kind: 'publish', plan });
    await wait(published);
    published += CHUNK * connections;
  }
  await wait(published);
}
