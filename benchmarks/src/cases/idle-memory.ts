import type { BenchCase } from './bench-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import { heapPerConnection, rssPerConnection } from './figures.js';
import { connect, MemoryProbe } from './rig-steps.js';
import type { Scale } from './scale.js';

const MAX_KIB = 8;
/** Default of Node 20. Later versions let the young generation grow further, and do not shrink it again. */
const SEMI_SPACE_MIB = 16;

export function idleMemory(scale: Scale): BenchCase {
  const connections = scale.of(9000, 500);
  return {
    id: 'P5',
    title: `Memory of an idle, authenticated connection with one subscription, ${count(connections)} held`,
    how: 'RSS after collected garbage with them and before them, in a new process each round; beside it what of that is in use.',
    figures: [rssPerConnection, heapPerConnection],
    plots: ['rss'],
    contestants: contestants(['ours', 'baseline', 'ws', 'socket.io', 'nest', 'uws']),
    targets: [{ figure: 'rss', of: 'ours', atMost: MAX_KIB }],
    maxRounds: 3,
    freshProcess: true,
    async prepare(rig) {
      const memory = await MemoryProbe.before(rig);
      await connect(rig, { connections, channels: 1, ownChannels: 0 });
      return {
        round: async () => ({ figures: await memory.perConnection(rig, connections), remarks: [] }),
      };
    },
  };
}

export function idleMemoryOfSmallYoungGeneration(scale: Scale): BenchCase {
  return {
    ...idleMemory(scale),
    id: 'P5b',
    title: `The same with --max-semi-space-size=${SEMI_SPACE_MIB}`,
    how: 'All sides run with the young generation that Node 20 has by default: its growth is not memory of the connections.',
    contestants: contestants(['ours', 'baseline', 'ws']),
    nodeFlags: [`--max-semi-space-size=${SEMI_SPACE_MIB}`],
  };
}
