import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';
import { buildConsumer, runIn } from './consumer-app.js';
import { packPackages } from './packed-packages.js';

const INSTALL_AND_COMPILE_MS = 300_000;
const BUNDLE_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), 'skreaver-bundled-'));
const app = join(folder, 'app');

beforeAll(async () => {
  mkdirSync(app);
  await buildConsumer('bundled', app, await packPackages());
}, INSTALL_AND_COMPILE_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NEST = 'node_modules/@nestjs/cli/bin/nest.js';
const WEBPACK = ['build', '--webpack'];

const bundlers = {
  'esbuild, all in one file': ['esbuild.config.cjs', [], 'esbuild/main.cjs'],
  'nest build --webpack': [NEST, WEBPACK, 'dist/main.js'],
  'webpack, all in one file': [NEST, [...WEBPACK, '--webpackPath', 'webpack.config.cjs'], 'dist/main.js'],
} as const;

describe.each(Object.entries(bundlers))('a CommonJS application bundled by %s', (_what, [script, args, bundle]) => {
  it('starts, and validates its DTOs', { timeout: BUNDLE_MS }, async () => {
    await runIn(app, script, args);
    const server = new RunningProcess(process.execPath, [join(app, bundle)]);
    const [, port] = await server.prints(/listening on (\d+)\n/);
    const client = await TestClient.open(`ws://127.0.0.1:${port}/ws`);
    // Not the first alone: what is quick comes later.
    for (let at = 0; at < 3; at += 1) {
      expect((await client.request('save', { name: ' ann ', role: 'admin' })).data).toEqual({
        status: 'success',
        result: { name: 'ann' },
      });
    }
    expect(await server.end()).toBe(0);
  });
});

describe('docs/guide/testing.md', () => {
  it('shows the configurations that are used here', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/guide/testing.md'), 'utf8');
    const shown = Array.from(
      text.matchAll(/```json\n([^]*?)```/g),
      ([, json]) => JSON.parse(json as string) as unknown,
    );
    const used = ['jest.ts-jest.json', 'jest.swc.json'].map((name) => readFileSync(join(app, name), 'utf8'));
    expect(shown).toEqual(used.map((json) => JSON.parse(json) as unknown));
  });
});

describe.each(['ts-jest', 'swc'])('the tests of an application by Jest with %s', (transformer) => {
  it("run with Nest's configuration", { timeout: BUNDLE_MS }, async () => {
    const said = await runIn(app, 'node_modules/jest/bin/jest.js', ['-c', `jest.${transformer}.json`]);
    expect(said).toContain('1 passed, 1 total');
  });
});
