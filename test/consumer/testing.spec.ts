import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBinary } from '../support/node-binary.js';
import { installPackages, runIn } from './consumer-app.js';
import { snippetWith } from './guide-snippets.js';
import { packPackages } from './packed-packages.js';

const INSTALL_MS = 300_000;
const RUN_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), 'skreaver-testing-'));
const nodes = Object.entries({ 20: process.execPath, 22: nodeBinary(22), 24: nodeBinary(24) });
let archives: string[] = [];

beforeAll(async () => {
  archives = await packPackages();
}, INSTALL_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runners = {
  // Jest follows every promise to find open handles: the hour that its test lets pass takes ten times as long.
  jest: [
    'node_modules/jest/bin/jest.js',
    ['--detectOpenHandles', '--testTimeout=60000'],
    /^Tests: +6 passed, 6 total$/m,
  ],
  vitest: ['node_modules/vitest/vitest.mjs', ['run', '--no-color'], /^ +Tests +6 passed \(6\)$/m],
} as const;

it('the test of the guide on fake timers is one of examples/testing-vitest, word for word', () => {
  const example = join(import.meta.dirname, '../../examples/testing-vitest/src/time.spec.ts');
  expect(readFileSync(example, 'utf8')).toBe(snippetWith('advanceTimersByTimeAsync(ms)').text);
});

describe.each(Object.entries(runners))('the example examples/testing-%s', (name, [script, args, passed]) => {
  const app = join(folder, name);

  beforeAll(async () => {
    cpSync(join(import.meta.dirname, `../../examples/testing-${name}`), app, { recursive: true });
    await installPackages(app, archives);
  }, INSTALL_MS);

  it('compiles', { timeout: RUN_MS }, async () => {
    expect(await runIn(app, 'node_modules/typescript/bin/tsc', ['-p', '.'])).toBe('');
  });

  it.each(nodes)('passes its tests on Node %s and leaves nothing open', { timeout: RUN_MS }, async (_major, node) => {
    const said = await runIn(app, script, args, node);
    expect(said).toMatch(passed);
    expect(said).not.toContain('open handle');
  });
});
