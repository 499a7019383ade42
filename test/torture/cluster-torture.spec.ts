import { describe, expect, it } from 'vitest';
import { ClusterTorture } from './cluster/cluster-torture.js';
import { engineFaults } from './cluster/faults/engine-faults.js';
import { linkFaults, longLinkFault } from './cluster/faults/link-faults.js';
import { longNodeFault, nodeFaults } from './cluster/faults/node-faults.js';
import { rounds, SEED, TIMEOUT_MS } from './cluster/rounds.js';
import { threeServers } from './cluster/stages.js';
import { expectNothingFound } from './cluster/verdict.js';
import { Random } from './random.js';

/** MB; a node that has just started has about 30. */
const MOST_HEAP = 200;
const all = [...linkFaults, ...engineFaults, ...nodeFaults];

describe('three servers and one Redis, of which any may fail at any time,', () => {
  it(
    'lose nothing in silence, do nothing twice, keep revocations and receipts, and are live again',
    { timeout: TIMEOUT_MS },
    async () => {
      const random = new Random(SEED);
      const stage = await threeServers(random);
      const torture = new ClusterTorture(stage, stage.nodes);
      await expectNothingFound(torture, rounds(random, { all, long: [longLinkFault, longNodeFault], paired: all }));
      // Also those that did not ask.
      expect(torture.ledger.counts.told).toBeGreaterThan(0);
      expect(Math.max(...torture.rows.flatMap(({ heap }) => heap))).toBeLessThan(MOST_HEAP);
    },
  );
});
