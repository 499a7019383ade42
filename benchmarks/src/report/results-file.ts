import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { CaseResult } from '../suite/case-result.js';

/** Result of a case with what it was measured on, as the cases of one file may come from several runs and machines. */
export interface MeasuredCase extends CaseResult {
  readonly machine: string;
  /** Date such as `2026-01-31`. */
  readonly date: string;
  /** Commit, with `+` if the tree had changes; empty outside of a repository. */
  readonly revision: string;
}

/** Content of `benchmarks/results/node<major>.json`. */
export interface ResultsFile {
  readonly node: string;
  readonly cases: readonly MeasuredCase[];
}

const SIGNIFICANT_DIGITS = 5;

export function readResults(path: string): ResultsFile | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ResultsFile) : undefined;
}

/** Replaces older cases by new ones of the same id, and keeps the others, in the suite's order. */
export function merged(older: ResultsFile | undefined, newer: ResultsFile, order: readonly string[]): ResultsFile {
  const kept = (older?.cases ?? []).filter(({ id }) => !newer.cases.some((each) => each.id === id));
  const cases = [...kept, ...newer.cases].filter(({ id }) => order.includes(id));
  return { ...newer, cases: cases.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id)) };
}

export function writeResults(path: string, results: ResultsFile): void {
  writeFileSync(path, `${JSON.stringify(results, rounded, 1)}\n`);
}

const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(SIGNIFICANT_DIGITS)) : value;

export const stamped = (result: CaseResult, machine: string): MeasuredCase => ({
  ...result,
  machine,
  date: new Date().toISOString().slice(0, 10),
  revision: revision(),
});

function revision(): string {
  try {
    const commit = git('rev-parse', '--short', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`;
  } catch {
    return '';
  }
}

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
