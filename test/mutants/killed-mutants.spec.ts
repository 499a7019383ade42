import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MUTANT_VARIABLE, type Mutant } from './mutant.js';
import { mutants } from './mutants.js';

const ROOT = join(import.meta.dirname, '../..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const CONFIG = join(import.meta.dirname, 'vitest.config.ts');

/** `all`, or so many spread over the list: each takes some seconds. */
const wanted = process.env['MUTANTS'] ?? '5';
const every = wanted === 'all' ? 1 : Math.max(1, Math.floor(mutants.length / Number(wanted)));
const chosen = mutants.filter((_mutant, at) => at % every === 0);

interface Outcome {
  readonly failed: readonly string[];
  readonly passed: readonly string[];
  readonly printed: string;
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** Runs the one test that must find the mutant. */
async function runWith(mutant: Mutant): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'report.json');
  const name = mutant.test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const args = [VITEST, 'run', '--config', CONFIG, '--reporter=json', `--outputFile=${file}`, '-t', name];
  const env = { ...process.env, [MUTANT_VARIABLE]: mutant.id, UNSHRUNK: '1' };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await once(child, 'close');
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const titles = (status: string): string[] =>
    results.filter((result) => result.status === status).map(({ title }) => title);
  return { failed: titles('failed'), passed: titles('passed'), printed };
}

describe('the tests find', () => {
  it.each(chosen)('$id', { timeout: 120_000 }, async (mutant) => {
    const { failed, passed, printed } = await runWith(mutant);
    // By the test that is meant for it: what cannot even be loaded fails no test.
    const said = failed.length > 0 ? '' : printed;
    // A test that runs for each of several cases has a title for each.
    const others = failed.filter((title) => !title.includes(mutant.test));
    expect({ others, passed, said }).toEqual({ others: [], passed: [], said: '' });
  });
});
