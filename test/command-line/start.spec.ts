import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { nodeBinary } from '../support/node-binary.js';
import { startApp, testAuth } from '../support/test-app.js';
import { CLI, call } from './cli-process.js';

const START_MS = 150;
const RUNS = 7;
const PRINT_CPU_TIME = join(import.meta.dirname, 'print-cpu-time.cjs');
/** From the start of the process until nothing took its connection. */
const SUB = [CLI, 'sub', 'news', '-c', 'ws://127.0.0.1:1'];
const WS = ['--eval', 'require("ws")'];

/** The CPU time of a program in ms. It does not grow with what else the machine does as the time of a clock does. */
function cpuTime(node: string, args: readonly string[]): number {
  const { PATH = '' } = process.env;
  const { stderr } = spawnSync(node, ['--require', PRINT_CPU_TIME, ...args], { env: { PATH }, encoding: 'utf8' });
  return Number(stderr.split('\n').at(-1));
}

/** The packages that a call loads, by the coverage that Node writes of each module. */
async function packagesOf(args: readonly string[], env: Record<string, string> = {}): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'skreaver-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { code } = await call(args, { ...env, NODE_V8_COVERAGE: folder });
  expect(code).toBe(0);
  const [file = ''] = readdirSync(folder);
  const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] };
  const names = result.map(
    ({ url }) => /\/(?:node_modules\/(?:@[^/]+\/)?[^/]+|libs\/[^/]+|apps\/[^/]+)\//.exec(url)?.[0],
  );
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}

it('a client command loads ws and the client alone, and no Nest, which would take longer than all of it', async () => {
  const app = await startApp({ ...testAuth, channels: { open: { clientPublish: true } } });
  const env = { SKREAVER_URL: app.url, SKREAVER_TOKEN: 'token-ann' };
  expect(await packagesOf(['pub', 'open', '1'], env)).toEqual([
    '/apps/server/',
    '/libs/client/',
    '/libs/protocol/',
    '/node_modules/ws/',
  ]);
});

it('the help loads nothing but itself', async () => {
  expect(await packagesOf(['sub', '--help'])).toEqual(['/apps/server/']);
});

it.each([
  ['that of the tests', process.execPath],
  ['22', nodeBinary(22)],
  ['24', nodeBinary(24)],
])('a client command starts within 150 ms, or on a slow machine 2.5 times what ws takes, on Node %s', (_name, node) => {
  const runs = Array.from({ length: RUNS }, () => [cpuTime(node, SUB), cpuTime(node, WS)] as const);
  const least = Math.min(...runs.map(([sub]) => sub));
  const ofWs = Math.min(...runs.map(([, ws]) => ws));
  expect(ofWs).toBeGreaterThan(0);
  expect(least).toBeLessThan(Math.max(START_MS, 2.5 * ofWs));
});
