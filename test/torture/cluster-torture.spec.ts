import { describe, expect, it } from 'vitest';
import { ClusterTorture } from './cluster/cluster-torture.js';
import { engineFaults } from './cluster/faults/engine-faults.js';
import { type Fault, pairOf } from './cluster/faults/fault.js';
import { linkFaults, longLinkFault } from './cluster/faults/link-faults.js';
import { longNodeFault, nodeFaults } from './cluster/faults/node-faults.js';
import { Random } from './random.js';

/** `TORTURE_MINUTES=30` for a long run; `TORTURE_SEED` for the same order of faults, at the same bytes. */
const MINUTES = Number(process.env['TORTURE_MINUTES'] ?? 0);
const SEED = Number(process.env['TORTURE_SEED'] ?? Date.now() % 2 ** 31);
/** MB; a node that has just started has about 30. */
const MOST_HEAP = 200;

/** Each of them once, and two at a time. */
function* round(random: Random, all: readonly Fault[]): Iterable<Fault> {
  const left = [...all];
  while (left.length > 0) yield* left.splice(random.below(left.length), 1);
  const one = random.pick(all);
  yield pairOf(one, random.pick(all.filter(({ on }) => on !== one.on)));
}

function* faultsOf(random: Random): Iterable<Fault> {
  const until = performance.now() + MINUTES * 60_000;
  const all = [...linkFaults, ...engineFaults, ...nodeFaults, ...(MINUTES > 0 ? [longLinkFault, longNodeFault] : [])];
  do yield* round(random, all);
  while (performance.now() < until);
}

describe('three servers and one Redis, of which any may fail at any time,', () => {
  it(
    'lose nothing in silence, do nothing twice, keep revocations and receipts, and are live again',
    { timeout: 2 * MINUTES * 60_000 + 600_000 },
    async () => {
      const random = new Random(SEED);
      const torture = await ClusterTorture.start(random);
      try {
        await torture.run(faultsOf(random));
      } finally {
        console.info(JSON.stringify({ seed: SEED, ...torture.figures }));
        if (MINUTES > 0 || process.env['TORTURE_FIGURES'] !== undefined) console.table(torture.rows);
      }
      const { ledger, rows } = torture;
      expect({ seed: SEED, findings: ledger.findings.slice(0, 20) }).toEqual({ seed: SEED, findings: [] });
      // All of it was tried.
      expect(Math.min(ledger.counts.recovered, ledger.counts.told, ledger.counts.refused)).toBeGreaterThan(0);
      expect(Math.max(...rows.flatMap(({ heap }) => heap))).toBeLessThan(MOST_HEAP);
    },
  );
});
