import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseResult } from '../suite/case-result.js';
import { markdownPage } from './markdown-page.js';
import { plotsOf } from './plots.js';
import { merged, readResults, type ResultsFile, stamped, writeResults } from './results-file.js';

const RESULTS = /^node\d+\.json$/;

/**
 * Writes the results and plots of a run to the repository at `root`, and the page made of all results.
 * @param order ids of all cases, in the order of the page
 * @returns the page's path
 */
export function writeDocs(
  root: string,
  results: readonly CaseResult[],
  machine: string,
  order: readonly string[],
): string {
  const folder = join(root, 'benchmarks/results');
  mkdirSync(folder, { recursive: true });
  const node = process.versions.node;
  const major = Number(node.split('.')[0]);
  const path = join(folder, `node${major}.json`);
  const run = merged(readResults(path), { node, cases: results.map((each) => stamped(each, machine)) }, order);
  writeResults(path, run);
  writePlots(folder, run, major);
  const files = readdirSync(folder).filter((name) => RESULTS.test(name));
  const runs = files.flatMap((name) => readResults(join(folder, name)) ?? []);
  const page = join(root, 'docs/benchmarks.md');
  writeFileSync(page, markdownPage(runs));
  return page;
}

/** Removes old plots first, so that no plot of a removed case stays. */
function writePlots(folder: string, run: ResultsFile, major: number): void {
  const own = `-node${major}.svg`;
  for (const name of readdirSync(folder).filter((each) => each.endsWith(own))) rmSync(join(folder, name));
  for (const { file, svg } of run.cases.flatMap((result) => plotsOf(result, major)))
    writeFileSync(join(folder, file), svg);
}
