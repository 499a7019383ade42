import { describe, expect, it } from 'vitest';
import { ClusterTorture } from './cluster/cluster-torture.js';
import { longWorkerFaults, workerFaults } from './cluster/faults/worker-faults.js';
import { MINUTES, rounds, SEED, TIMEOUT_MS } from './cluster/rounds.js';
import { workersOfOneServer } from './cluster/stages.js';
import { expectNothingFound } from './cluster/verdict.js';
import { Random } from './random.js';

/** MB of all workers together; those that have just started have about 100. */
const MOST_HEAP = 600;
/** Each takes seconds to be replaced. */
const WORKERS = MINUTES > 0 ? 3 : 2;
/** While the server is started anew there is no process for another fault. */
const paired = workerFaults.filter(({ mayLose }) => mayLose !== true);
const faults = { all: workerFaults, long: longWorkerFaults, paired: MINUTES > 0 ? paired : [] };

describe('workers and their hub, of which any may fail at any time,', () => {
  it(
    'lose nothing in silence, do nothing twice, keep revocations and receipts, and are live again',
    { timeout: TIMEOUT_MS },
    async () => {
      const random = new Random(SEED);
      const stage = await workersOfOneServer(WORKERS, random);
      const { server } = stage;
      const torture = new ClusterTorture(stage, [server, server, server]);
      await expectNothingFound(torture, rounds(random, faults));
      expect(Math.max(...torture.rows.flatMap(({ heap }) => heap))).toBeLessThan(MOST_HEAP);
    },
  );
});
