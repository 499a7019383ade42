import { expect } from 'vitest';
import type { Random } from '../random.js';
import type { ClusterTorture } from './cluster-torture.js';
import type { Fault } from './faults/fault.js';
import { MINUTES, SEED } from './rounds.js';

/**
 * Runs a torture, prints what came of it, and expects that nothing is found, while subscribers recovered, and were told of
 * losses when they asked.
 */
export async function expectNothingFound<S extends { readonly random: Random }>(
  torture: ClusterTorture<S>,
  faults: Iterable<Fault<S>>,
): Promise<void> {
  try {
    await torture.run(faults);
  } finally {
    console.info(JSON.stringify({ seed: SEED, ...torture.figures }));
    if (MINUTES > 0 || process.env['TORTURE_FIGURES'] !== undefined) console.table(torture.rows);
  }
  const { findings, counts } = torture.ledger;
  expect({ seed: SEED, findings: findings.slice(0, 20) }).toEqual({ seed: SEED, findings: [] });
  expect(Math.min(counts.recovered, counts.refused)).toBeGreaterThan(0);
}
