import { describe, expect, it } from 'vitest';
import { startApp, testAuth } from '../support/test-app.js';
import { CliProcess, call } from './cli-process.js';

const SHORT = ['--duration', '400ms', '--rate', '50', '--clients', '3', '--json'];

interface Result {
  readonly sent: number;
  readonly received: number;
  readonly latency_ms: { readonly p50: number; readonly max: number };
  readonly errors: Readonly<Record<string, number>>;
}

async function bench(app: { readonly url: string }, ...args: readonly string[]) {
  const env = { SKREAVER_URL: app.url, SKREAVER_TOKEN: 'token-ann' };
  const { code, stdout, stderr } = await call(['bench', ...args], env);
  return { code, stderr, result: JSON.parse(stdout) as Result };
}

describe('bench', () => {
  it.each([
    ['fanout', 60],
    ['req', 20],
    ['connect', 20],
  ])('%s sends 20 of its kind in 400 ms, and gets %i samples', async (kind, samples) => {
    const app = await startApp({ ...testAuth, channels: { bench: { clientPublish: true } } });
    const { code, result, stderr } = await bench(app, kind, ...SHORT, '--clients', '3');
    expect(stderr).toBe(`${kind}: 3 clients, 50/s for 0.4 s.\n`);
    expect(code).toBe(0);
    const left = result.errors['3 connections were open: left out'] ?? 0;
    expect(result).toMatchObject({ sent: 20 - left, received: samples - left });
    expect(result.latency_ms.p50).toBeGreaterThan(0);
    expect(result.latency_ms.max).toBeGreaterThanOrEqual(result.latency_ms.p50);
  });

  it('counts errors by their messages, and exits with 1 where nothing came back', async () => {
    const app = await startApp(testAuth);
    const { code, result } = await bench(app, 'req', '--method', 'nope', ...SHORT);
    expect([code, result.received]).toEqual([1, 0]);
    expect(Object.values(result.errors)).toEqual([20]);
  });

  it('exits with 130 when it is interrupted', async () => {
    const app = await startApp(testAuth);
    const env = { SKREAVER_URL: app.url, SKREAVER_TOKEN: 'token-ann' };
    const load = new CliProcess(['bench', 'req', '--duration', '1m'], env);
    await expect.poll(() => app.registry.getStats().activeConnections).toBe(5);
    load.signal('SIGINT');
    expect(await load.exited).toBe(130);
    expect(load.stderr).toBe('req: 5 clients, 50/s for 60 s.\n');
  });

  it('exits with 5 where a client is refused', async () => {
    const app = await startApp({ ...testAuth, maxConnections: 2 });
    const { code } = await call(['bench', 'req', ...SHORT], { SKREAVER_URL: app.url, SKREAVER_TOKEN: 'token-ann' });
    expect(code).toBe(5);
  });

  it.each([
    [['req', '-c', 'wss://example.com'], 'example.com is not this machine; add --own-server if the server is yours.'],
    [['req', '--clients', '1001'], '--clients is 1001; allowed: at most 1000.'],
    [['req', '--duration', '2m'], '--duration is 120000; allowed: at most 60000.'],
    [['load'], '<load> is "load"; allowed: one of fanout, req, connect.'],
  ])('%j is a wrong call', async (args, sentence) => {
    const { code, stderr } = await call(['bench', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });
});
