import { MemoryBackplane } from '../../src/backplane/index.js';
import { describeBackplane } from './backplane.contract.js';
import { loseChannel } from './lose-channel.js';
import { ManualClock } from '../support/manual-clock.js';

const MAX_BYTES = 1_000_000;

describeBackplane('MemoryBackplane', {
  nodes: 1,
  advances: true,
  loses: true,
  async start() {
    const clock = new ManualClock();
    const backplane = new MemoryBackplane(MAX_BYTES, clock);
    return {
      backplanes: [backplane],
      advance: async (ms) => clock.advance(ms),
      lose: (channel) => loseChannel(backplane, MAX_BYTES, channel),
    };
  },
});
