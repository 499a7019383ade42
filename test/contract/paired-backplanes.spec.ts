import { MemoryBackplane } from '../../src/backplane/index.js';
import { describeBackplane } from './backplane.contract.js';
import { loseChannel } from './lose-channel.js';
import { ManualClock } from '../support/manual-clock.js';
import { PairedBackplanes } from './paired-backplanes.js';

const MAX_BYTES = 1_000_000;

// Shows that the cases for several nodes can be kept, before there is a backplane between processes.
describeBackplane('two nodes in one process', {
  nodes: 2,
  advances: true,
  loses: true,
  async start() {
    const clock = new ManualClock();
    const cluster = new PairedBackplanes(new MemoryBackplane(MAX_BYTES, clock));
    return {
      backplanes: [cluster.member(), cluster.member()],
      advance: async (ms) => clock.advance(ms),
      lose: (channel) => loseChannel(cluster.memory, MAX_BYTES, channel),
    };
  },
});
