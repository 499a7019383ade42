import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { RunningProcess } from '../../support/running-process.js';
import { startApp, testAuth } from '../../support/test-app.js';

const SLEEP_MS = Number(process.env['CLIENT_SLEEP_SECONDS'] ?? 6) * 1_000;
/** Before the client renews it, in a third of that, it has to be asleep. */
const TOKEN_MS = 5_000;
const USE_WS = pathToFileURL(join(import.meta.dirname, '../../guide/use-ws.mjs')).href;
const SERVER = {
  pingInterval: 1_000,
  pongTimeout: 900,
  channels: { news: { history: { size: 100, ttl: SLEEP_MS + 60_000 } } },
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A process of Node that follows a channel and prints what it sees. */
async function startSleeper(url: string): Promise<{ process: RunningProcess; seen: (what: string) => unknown[] }> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'sleeper.ts')],
    define: {
      URL_OF_SERVER: JSON.stringify(url),
      TOKENS: JSON.stringify([`expires-${TOKEN_MS}-alice`, 'token-alice']),
    },
    conditions: ['@skreaver/source'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const args = ['--import', USE_WS, '--input-type=module', '--eval', outputFiles[0]?.text ?? ''];
  const running = new RunningProcess(process.execPath, args, process.env, onTestFinished);
  const lines = (): [string, unknown][] =>
    running.printed
      .split('\n')
      .filter((line) => line.endsWith(']'))
      .map((line) => JSON.parse(line) as [string, unknown]);
  return {
    process: running,
    seen: (what) =>
      lines()
        .filter(([kind]) => kind === what)
        .map(([, value]) => value),
  };
}

it(
  `a process that sleeps for ${SLEEP_MS / 1_000} s, in which its token ends, comes back by one attempt with another one and misses nothing`,
  async () => {
    const app = await startApp({ ...testAuth, ...SERVER });
    const { process: sleeper, seen } = await startSleeper(app.url);
    await expect.poll(() => seen('reset')).toEqual(['new']);
    await app.subscriptions.broadcast('news', 'before');
    await expect.poll(() => seen('event')).toEqual(['before']);

    sleeper.sleep();
    await expect.poll(() => app.registry.list()).toEqual([]);
    for (const event of ['missed 1', 'missed 2']) await app.subscriptions.broadcast('news', event);
    await sleep(SLEEP_MS);
    sleeper.wake();

    await expect.poll(() => seen('event')).toEqual(['before', 'missed 1', 'missed 2']);
    await app.subscriptions.broadcast('news', 'after');
    await expect.poll(() => seen('event')).toEqual(['before', 'missed 1', 'missed 2', 'after']);
    expect(seen('reset')).toEqual(['new']);
    expect(seen('state').filter((status) => status === 'connecting')).toHaveLength(2);
    expect(seen('token')[0]).toBe('connect');
    // A renewal that was due in the sleep may have begun just before the loss was seen.
    expect([['expired'], ['expiring'], ['expiring', 'expired']]).toContainEqual(seen('token').slice(1));
  },
  SLEEP_MS + 60_000,
);
