import type { BenchCase } from '../cases/bench-case.js';
import type { Contestant } from '../cases/contestant.js';
import type { CaseResult } from './case-result.js';
import type { Progress } from './progress.js';
import { Side } from './side.js';

export interface RunOptions {
  readonly rounds: number;
  readonly baseline: string | undefined;
  readonly progress: Progress;
}

/** Measures all contestants in turn, A B C A B C …, so that other load of the machine affects all alike. */
export async function runCase(
  bench: BenchCase,
  contestants: readonly Contestant[],
  { rounds, baseline, progress }: RunOptions,
): Promise<CaseResult> {
  const sides = contestants.map((contestant) => new Side(bench, contestant, baseline));
  try {
    if (bench.freshProcess !== true) await Promise.all(sides.map((side) => side.begin()));
    for (let round = 1; round <= rounds; round++) {
      for (const side of sides) {
        progress.step(`${bench.id}, round ${round} of ${rounds}: ${side.contestant.name}`);
        await side.measure();
      }
    }
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
  }
  const { id, title, how, figures, plots, targets } = bench;
  return {
    id,
    title,
    how,
    figures,
    plots,
    targets,
    contestants: sides.filter(({ absence }) => absence === undefined).map((side) => side.result()),
    absent: sides.flatMap(({ absence }) => absence ?? []),
  };
}
