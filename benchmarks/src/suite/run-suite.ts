import type { BenchCase } from '../cases/bench-case.js';
import type { Contestant } from '../cases/contestant.js';
import type { BenchOptions } from '../options.js';
import { textOf } from '../report/text-report.js';
import type { CaseResult } from './case-result.js';
import { Progress } from './progress.js';
import { runCase } from './run-case.js';

/** Runs the chosen cases, and prints each table as soon as it is complete. */
export async function runSuite(cases: readonly BenchCase[], options: BenchOptions): Promise<CaseResult[]> {
  const chosen = cases
    .filter(({ id }) => options.cases.length === 0 || options.cases.includes(id))
    .map((bench) => ({ bench, contestants: contestantsOf(bench, options), rounds: roundsOf(bench, options) }))
    .filter(({ contestants }) => contestants.length > 0);
  const steps = chosen.reduce((sum, { contestants, rounds }) => sum + contestants.length * rounds, 0);
  const progress = new Progress(steps, process.stderr);
  const results: CaseResult[] = [];
  for (const { bench, contestants, rounds } of chosen) {
    const result = await runCase(bench, contestants, { rounds, baseline: options.baseline, progress });
    progress.end();
    process.stdout.write(`${textOf(result, nodeMajor)}\n`);
    results.push(result);
  }
  return results;
}

const nodeMajor = Number(process.versions.node.split('.')[0]);

function contestantsOf(bench: BenchCase, { peers, baseline, quick }: BenchOptions): readonly Contestant[] {
  return bench.contestants.filter((contestant) => {
    const { peer } = contestant;
    if (peer === 'baseline' && baseline === undefined) return false;
    if (peers !== undefined) return peers.includes(peer) || (peer === 'baseline' && peers.includes('ours'));
    return !quick || peer === 'ours' || peer === 'baseline' || isInTarget(bench, contestant);
  });
}

/** True if a target names the contestant. A quick run leaves out the others. */
const isInTarget = ({ targets }: BenchCase, { name }: Contestant): boolean =>
  targets.some(({ of, against }) => of === name || against === name);

const roundsOf = ({ maxRounds = Infinity }: BenchCase, { rounds }: BenchOptions): number => Math.min(rounds, maxRounds);
