import type { BenchCase } from './bench-case.js';
import { contestants } from './contestants.js';
import { count } from './count.js';
import { rssPerConnection } from './figures.js';
import { connect, MemoryProbe } from './rig-steps.js';
import type { Scale } from './scale.js';

export function idleMemory(scale: Scale): BenchCase {
  const connections = scale.of(9000, 500);
  return {
    id: 'P5',
    title: `Memory of an idle, authenticated connection with one subscription, ${count(connections)} held`,
    how: 'RSS after collected garbage with them and before them, in a new process each round.',
    figures: [rssPerConnection],
    plots: ['rss'],
    contestants: contestants(['ours', 'baseline', 'ws', 'socket.io', 'nest', 'uws']),
    targets: [{ figure: 'rss', of: 'ours', atMost: 8 }],
    maxRounds: 3,
    freshProcess: true,
    async prepare(rig) {
      const memory = await MemoryProbe.before(rig);
      await connect(rig, { connections, channels: 1, ownChannels: 0 });
      return {
        round: async () => ({ figures: { rss: await memory.perConnection(rig, connections) }, remarks: [] }),
      };
    },
  };
}
