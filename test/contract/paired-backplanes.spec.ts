import { describeBackplane } from './backplane.contract.js';
import type { ClusterMaker } from './backplane-cluster.js';
import { loseChannel } from './lose-channel.js';
import { type Network, PairedBackplanes } from './paired-backplanes.js';

const MAX_BYTES = 1_000_000;
const MAX_TURNS = 6;

const inOneProcess = (network: Partial<Network> = {}): ClusterMaker => ({
  nodes: 2,
  advances: true,
  loses: true,
  cuts: true,
  kills: true,
  async start() {
    const cluster = new PairedBackplanes({ maxBytes: MAX_BYTES, ...network });
    const members = [cluster.member(), cluster.member()] as const;
    return {
      backplanes: members,
      advance: async (ms) => {
        await whatIsOnTheWay();
        cluster.time.advance(ms);
      },
      cut: async (index) => {
        members[index]?.cut();
        return async () => members[index]?.connect();
      },
      kill: async (index) => members[index]?.kill(),
      lose: (channel) => loseChannel(cluster.memory, MAX_BYTES, channel),
    };
  },
});

/** What was sent before arrives, and its answers: all of it takes far less than the time that then passes. */
async function whatIsOnTheWay(): Promise<void> {
  for (let left = 4 * MAX_TURNS; left > 0; left -= 1) await new Promise(setImmediate);
}

const turns = async (): Promise<void> => {
  for (let left = Math.floor(Math.random() * MAX_TURNS); left > 0; left -= 1) await new Promise(setImmediate);
};

describeBackplane('two nodes in one process', inOneProcess());
describeBackplane('two nodes in one process, whose network is late', inOneProcess({ travel: turns }));
