import type { BenchCase, Contestant } from '../cases/bench-case.js';
import type { BenchOptions } from '../options.js';
import { textOf } from '../report/text-report.js';
import type { CaseResult } from './case-result.js';
import { machineLine } from './machine.js';
import { Progress } from './progress.js';
import { runCase } from './run-case.js';

export interface SuiteRun {
  readonly results: readonly CaseResult[];
  /** Whether a side broke; one that merely cannot run here is no fault. */
  readonly hasFault: boolean;
}

/** Runs the chosen cases, and prints each table as soon as it is there. */
export async function runSuite(cases: readonly BenchCase[], options: BenchOptions): Promise<SuiteRun> {
  const chosen = cases
    .filter(({ id }) => options.cases.length === 0 || options.cases.includes(id))
    .map((bench) => ({ bench, contestants: contestantsOf(bench, options), rounds: roundsOf(bench, options) }))
    .filter(({ contestants }) => contestants.length > 0);
  const steps = chosen.reduce((sum, { contestants, rounds }) => sum + contestants.length * rounds, 0);
  const progress = new Progress(steps, process.stderr);
  const results: CaseResult[] = [];
  process.stdout.write(`${machineLine()}\n\n`);
  for (const { bench, contestants, rounds } of chosen) {
    const result = await runCase(bench, contestants, { rounds, baseline: options.baseline, progress });
    progress.end();
    process.stdout.write(`${textOf(result, nodeMajor)}\n`);
    results.push(result);
  }
  return { results, hasFault: results.some(({ absent }) => absent.some(({ isFault }) => isFault)) };
}

const nodeMajor = Number(process.versions.node.split('.')[0]);

function contestantsOf({ contestants }: BenchCase, { peers, baseline }: BenchOptions): readonly Contestant[] {
  return contestants.filter(({ peer }) => {
    if (peer === 'baseline' && baseline === undefined) return false;
    return peers === undefined || peers.includes(peer) || (peer === 'baseline' && peers.includes('ours'));
  });
}

const roundsOf = ({ maxRounds = Infinity }: BenchCase, { rounds }: BenchOptions): number => Math.min(rounds, maxRounds);
