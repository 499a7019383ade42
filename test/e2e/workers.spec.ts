import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Position } from '@skreaver/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { subscribe } from '../support/recover.js';
import { RedisServer } from '../support/redis-server.js';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from './test-server.js';

const settings = {
  SKREAVER_WS_WORKERS: '2',
  SKREAVER_WS_CHANNELS: JSON.stringify({ kept: { history: { size: 100, ttl: '10m' } }, room: { presence: true } }),
};

/** The workers that have started, as the log names them. */
const workersOf = ({ stdout }: TestServer): number[] =>
  [...stdout.matchAll(/"worker":(\d+),"msg":"worker started"/g)].map(([, pid]) => Number(pid));

/** Connections are dealt out in turn: two that follow each other are with different workers. */
async function clientsOf(server: TestServer): Promise<[TestClient, TestClient]> {
  return [await TestClient.open(server.ws), await TestClient.open(server.ws)];
}

async function value(server: TestServer, metric: string): Promise<number> {
  const page = await (await server.get('/metrics')).text();
  return Number(new RegExp(`^${metric} (.+)$`, 'm').exec(page)?.[1]);
}

const publish = (server: TestServer, data: unknown): Promise<Response> =>
  server.post('/api/publish', { channel: 'kept', data });

describe('the standalone server in two workers', () => {
  it('prints one banner, in which it says so', async () => {
    const server = await TestServer.start(settings);
    expect(workersOf(server)).toHaveLength(2);
    expect(server.stdout.match(/Skreaver WS, process \d+ and 2 workers/g)).toHaveLength(1);
    expect(server.stdout).toContain('in each worker 1000 connections (10 per address)');
  });

  it('delivers what is published through either to the clients of both, once and in order', async () => {
    const server = await TestServer.start(settings);
    const clients = await clientsOf(server);
    for (const client of clients) await client.subscribe('kept');
    for (let number = 0; number < 20; number += 1) {
      expect(await (await publish(server, number)).json()).toMatchObject({ nodes: 2, offset: number + 1 });
    }
    for (const client of clients) {
      for (let number = 0; number < 20; number += 1) expect((await client.next('event')).data).toBe(number);
    }
    const stats = await Promise.all([1, 2].map(async () => (await server.get('/api/stats')).json()));
    expect(stats).toMatchObject([{ active_connections: 1 }, { active_connections: 1 }]);
  });

  it('lets the clients of a worker that is killed recover on another, with everything', async () => {
    const server = await TestServer.start(settings);
    const clients = await clientsOf(server);
    const positions: (Position | undefined)[] = [];
    for (const client of clients) positions.push((await subscribe(client, 'kept')).positions?.['kept']);
    await publish(server, 'before');
    process.kill(workersOf(server)[0] ?? 0, 'SIGKILL');
    const cut = await Promise.race(clients.map(async (client, at) => (await client.closed, at)));
    await publish(server, 'meanwhile');
    const back = await TestClient.open(server.ws);
    const since = positions[cut] as Position;
    const { positions: now } = await subscribe(back, { channel: 'kept', since });
    expect(now?.['kept']).toMatchObject({ recovered: true, epoch: since.epoch });
    expect((await back.next('event')).data).toBe('before');
    expect((await back.next('event')).data).toBe('meanwhile');
    await vi.waitUntil(() => workersOf(server).length === 3, { timeout: 20_000 });
  });

  it('has a revoke confirmed right after a worker was killed', async () => {
    const server = await TestServer.start(settings);
    process.kill(workersOf(server)[0] ?? 0, 'SIGKILL');
    // Before, the primary process may hand the request to the worker that is gone.
    await vi.waitUntil(() => server.stdout.includes('worker ended'), { timeout: 20_000 });
    expect((await server.post('/api/revoke', { user_id: 'ann' })).status).toBe(200);
  });

  it('answers with the metrics of both, whichever is asked, and counts on when one ended', async () => {
    const server = await TestServer.start(settings);
    await clientsOf(server);
    await clientsOf(server);
    for (const time of [1, 2]) expect([time, await value(server, 'websocket_connections_active')]).toEqual([time, 4]);
    expect(await value(server, 'websocket_connections_total')).toBe(4);
    process.kill(workersOf(server)[0] ?? 0, 'SIGKILL');
    await vi.waitUntil(() => workersOf(server).length === 3, { timeout: 20_000 });
    await vi.waitUntil(async () => (await value(server, 'websocket_connections_active')) === 2, { timeout: 20_000 });
    expect(await value(server, 'websocket_connections_total')).toBe(4);
  });

  it('shows what their hub does', async () => {
    const server = await TestServer.start(settings);
    for (let number = 0; number < 5; number += 1) await publish(server, 'x'.repeat(1000));
    expect(await value(server, 'websocket_hub_events_total')).toBe(5);
    expect(await value(server, 'websocket_hub_memory_bytes')).toBeGreaterThan(5000);
    expect(await value(server, 'websocket_hub_busy_seconds_total')).toBeGreaterThan(0);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('drains both at %s, and exits with 0', async (signal) => {
    const server = await TestServer.start(settings);
    const clients = await clientsOf(server);
    server.signal(signal);
    for (const client of clients) expect((await client.closed).code).toBe(1012);
    expect(await server.exited).toBe(0);
    expect(server.stderr).toBe('');
  });

  it('is a node of Redis by each of them when it has one', async () => {
    const redis = await RedisServer.start();
    const server = await TestServer.start({ ...settings, SKREAVER_WS_REDIS_URL: redis.url });
    const clients = await clientsOf(server);
    for (const client of clients) await client.subscribe('kept');
    await publish(server, 'over Redis');
    for (const client of clients) expect((await client.next('event')).data).toBe('over Redis');
    expect(server.stdout.match(/Redis is reached/g)).toHaveLength(2);
  });
});

describe('the start of workers', () => {
  it('says a wrong number in one sentence', async () => {
    const server = TestServer.spawn({ SKREAVER_WS_WORKERS: 'many' });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toBe(
      'SKREAVER_WS_WORKERS is "many"; allowed: auto, for one for each core, or a whole number from 1 to 512.\n',
    );
  });

  it('says once that the port is in use', async () => {
    const { port } = await TestServer.start();
    const server = TestServer.spawn({ ...settings, SKREAVER_WS_PORT: String(port) });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toBe(
      `127.0.0.1:${port} is in use by another process; set SKREAVER_WS_PORT to a free port.\n`,
    );
  });

  it('says where the socket of the hub could be, when it cannot be where it is', async () => {
    const server = TestServer.spawn({ ...settings, TMPDIR: '/nowhere' });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toMatch(/^The hub of the workers needs a place for its socket: .*\. Set TMPDIR to .*\n$/);
  });
});

describe('the log of workers', () => {
  it('consists of whole lines when stdout is a file', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'skreaver-log-')), 'log');
    const fd = openSync(path, 'w');
    onTestFinished(() => rmSync(dirname(path), { recursive: true }));
    const server = await ServerProcess.start(fd, settings);
    closeSync(fd);
    await vi.waitUntil(() => readFileSync(path, 'utf8').includes('and 2 workers'), { timeout: 20_000 });
    await Promise.all(Array.from({ length: 200 }, () => server.get('/api/stats')));
    server.signal('SIGTERM');
    expect(await server.exited).toBe(0);
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const requests = lines.map((line) => JSON.parse(line) as { pid: number; req?: object }).filter(({ req }) => req);
    expect(requests).toHaveLength(200);
    expect(new Set(requests.map(({ pid }) => pid)).size).toBe(2);
  });
});
