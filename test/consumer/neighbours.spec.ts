import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloseCode } from '@skreaver/protocol';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../support/raw-client.js';
import { upgradeHead } from '../support/raw-frames.js';
import { expectRefusal } from '../support/refused-upgrade.js';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';
import { buildConsumer } from './consumer-app.js';
import { packPackages } from './packed-packages.js';

const INSTALL_AND_COMPILE_MS = 300_000;

const folder = mkdtempSync(join(tmpdir(), 'skreaver-neighbours-'));
const app = join(folder, 'app');

beforeAll(async () => {
  mkdirSync(app);
  await buildConsumer('neighbours', app, await packPackages());
}, INSTALL_AND_COMPILE_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Neighbour {
  private constructor(
    readonly process: RunningProcess,
    readonly port: number,
  ) {}

  static async start(script: string, ...args: readonly string[]): Promise<Neighbour> {
    const process_ = new RunningProcess(process.execPath, [join(app, 'dist', script), ...args]);
    const [, port] = await process_.prints(/listening on (\d+)\n/);
    return new Neighbour(process_, Number(port));
  }

  url(target: string, scheme = 'http'): string {
    return `${scheme}://127.0.0.1:${this.port}${target}`;
  }

  /** Resolves when another listener has the upgrade, and its connection has been reset. */
  async resetUpgrade(target: string): Promise<void> {
    const client = await RawClient.open(this.port);
    client.write(upgradeHead({ target }));
    await this.process.prints(new RegExp(`upgrade of ${target}\n`));
    client.reset();
  }
}

async function expectStatus({ port }: Neighbour, target: string, status: number): Promise<void> {
  const client = await RawClient.open(port);
  client.write(upgradeHead({ target }));
  expect((await client.httpAnswer()).status).toBe(status);
  await client.closed;
}

/** A client of ours, whose token takes longer to check than a second, gets an event. @returns its data */
async function eventOfOurs(neighbour: Neighbour): Promise<unknown> {
  const client = await TestClient.open(neighbour.url('/ws?token=alice', 'ws'));
  await client.subscribe('agent-updates');
  const headers = { 'Content-Type': 'application/json' };
  await fetch(neighbour.url('/announce'), { method: 'POST', headers, body: '{"agent":7}' });
  return (await client.next('event')).data;
}

/** Sends the messages one by one, and resolves with what each was answered. */
async function exchange(url: string, messages: readonly string[], protocols: string[] = []): Promise<unknown[]> {
  const socket = new WebSocket(url, protocols);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  const answers: unknown[] = [];
  for (const message of messages) {
    socket.send(message);
    const [answer] = (await once(socket, 'message')) as [Buffer];
    answers.push(JSON.parse(answer.toString()));
  }
  return answers;
}

const subscribeToGreetings = (neighbour: Neighbour): Promise<unknown[]> =>
  exchange(
    neighbour.url('/graphql', 'ws'),
    ['{"type":"connection_init"}', '{"id":"1","type":"subscribe","payload":{"query":"subscription { greetings }"}}'],
    ['graphql-transport-ws'],
  );

describe('beside subscriptions of @nestjs/graphql', () => {
  const start = (): Promise<Neighbour> => Neighbour.start('beside-graphql.js');

  it('clients of both kinds get their events, and a shutdown closes both', async () => {
    const neighbour = await start();
    expect(await subscribeToGreetings(neighbour)).toEqual([
      { type: 'connection_ack' },
      { id: '1', type: 'next', payload: { data: { greetings: 'hello' } } },
    ]);
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
    expect(await neighbour.process.end()).toBe(0);
  });

  it('an upgrade of an unknown path harms nothing when it is reset, and gets 404 otherwise', async () => {
    const neighbour = await start();
    await neighbour.resetUpgrade('/reset');
    await expectRefusal(neighbour.port, { target: '/other' }, { status: 404, code: 'NOT_FOUND' });
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
    expect(await neighbour.process.end()).toBe(0);
  });
});

describe('beside @fastify/websocket', () => {
  const start = (...args: readonly string[]): Promise<Neighbour> =>
    Neighbour.start('beside-fastify-websocket.js', ...args);

  it('clients of both kinds get their events, and a shutdown closes both', async () => {
    const neighbour = await start();
    expect(await exchange(neighbour.url('/echo', 'ws'), ['"hello"'])).toEqual(['hello']);
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
    expect(await neighbour.process.end()).toBe(0);
  });

  it.each(['create', 'init', 'listen'])('each has its path, when it is registered before %s', async (step) => {
    const neighbour = await start(`--before=${step}`);
    expect(await exchange(neighbour.url('/echo', 'ws'), ['"hello"'])).toEqual(['hello']);
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
    await expectStatus(neighbour, '/other', 404);
    expect(await neighbour.process.end()).toBe(0);
  });

  it('a route of it on our path, which was there first, gets no upgrades', async () => {
    const neighbour = await start('--before=create', '--path=/ws');
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
    expect(await neighbour.process.end()).toBe(0);
  });

  it('a later route of it on our path stops the start', async () => {
    const failing = new RunningProcess(process.execPath, [
      join(app, 'dist/beside-fastify-websocket.js'),
      '--before=listen',
      '--path=/ws',
    ]);
    await failing.prints(/Method 'GET' already declared for route '\/ws'/);
    await expect(failing.prints(/listening/)).rejects.toThrow('did not print');
    expect(failing.isRunning).toBe(false);
  });

  it('upgrades that its injectWS makes up are left to it, and harm nothing', async () => {
    const neighbour = await start('--inject=/echo', '--inject=/other');
    await neighbour.process.prints(/injected \/echo: opened\n/);
    await neighbour.process.prints(/injected \/other: Unexpected server response: 404\n/);
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
    expect(await neighbour.process.end()).toBe(0);
    expect(neighbour.process.printed).not.toContain('Error');
  });

  it('a reset of one of its upgrades before the answer harms nothing', async () => {
    const neighbour = await start();
    await neighbour.resetUpgrade('/held');
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
    expect(await neighbour.process.end()).toBe(0);
  });

  it('an upgrade of an unknown path harms nothing when it is reset, and gets 404 otherwise', async () => {
    const neighbour = await start();
    await neighbour.resetUpgrade('/reset');
    await expectStatus(neighbour, '/other', 404);
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
    expect(await neighbour.process.end()).toBe(0);
  });

  it('a GET of our path that is no upgrade gets 426', async () => {
    const neighbour = await start();
    const answer = await fetch(neighbour.url('/ws'));
    expect(answer.status).toBe(426);
    expect(answer.headers.get('upgrade')).toBe('websocket');
    expect(await answer.json()).toMatchObject({ code: 'UPGRADE_REQUIRED' });
  });

  it('a GET of our path belongs to the application where it has a route there', async () => {
    const neighbour = await start('--own-page');
    expect(await (await fetch(neighbour.url('/ws'))).text()).toBe('a page of the application');
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
  });
});

describe('in a hybrid application', () => {
  const start = (...args: readonly string[]): Promise<Neighbour> => Neighbour.start('beside-microservice.js', ...args);

  const post = async (neighbour: Neighbour, path: string, body: object): Promise<unknown> => {
    const headers = { 'Content-Type': 'application/json' };
    return (await fetch(neighbour.url(path), { method: 'POST', headers, body: JSON.stringify(body) })).json();
  };
  /** What the microservice answers; interceptors of the application wrap the answer of the HTTP route as `http`. */
  const rpc = async (neighbour: Neighbour, pattern: string, data: unknown = {}): Promise<unknown> =>
    ((await post(neighbour, '/rpc', { pattern, data })) as { http: unknown }).http;

  const connect = async (neighbour: Neighbour): Promise<TestClient> => {
    const client = await TestClient.open(neighbour.url('/ws?token=alice', 'ws'));
    await client.next('auth_response');
    return client;
  };
  const answerTo = async (client: TestClient, method: string, params?: object): Promise<unknown> =>
    (await client.request(method, params)).data;
  const asked = async (neighbour: Neighbour): Promise<unknown> =>
    ((await (await fetch(neighbour.url('/asked'))).json()) as { http: unknown }).http;

  it('methods answer clients, patterns the microservice, and a method with both answers both', async () => {
    const neighbour = await start();
    const client = await connect(neighbour);
    expect(await answerTo(client, 'browse')).toEqual({ status: 'success', result: { ws: 'tea' } });
    expect(await answerTo(client, 'order', { item: 'tea' })).toMatchObject({ result: { ws: 'ordered tea' } });
    expect(await answerTo(client, 'restock')).toMatchObject({ error: { code: 'METHOD_NOT_FOUND' } });
    expect(await rpc(neighbour, 'order', { item: 'tea' })).toBe('ordered tea');
    expect(await rpc(neighbour, 'restock')).toBe('restocked');
    expect(await rpc(neighbour, 'order', { item: 42 })).toBe('ordered 42');
    expect(await rpc(neighbour, 'browse')).toHaveProperty('error');
  });

  it.each([
    ['without inheritAppConfig those of WebSockets alone', [], ['guard ws'], 'ordered tea'],
    ['with inheritAppConfig those of both', ['--inherit'], ['guard ws', 'guard rpc'], { rpc: 'ordered tea' }],
  ])('global guards and interceptors are %s', async (_what, args, types, answer) => {
    const neighbour = await start(...args);
    const client = await connect(neighbour);
    expect(await answerTo(client, 'order', { item: 'tea' })).toMatchObject({ result: { ws: 'ordered tea' } });
    expect(await rpc(neighbour, 'order', { item: 'tea' })).toEqual(answer);
    expect(new Set((await asked(neighbour)) as string[])).toEqual(new Set(types));
  });

  it('an RpcException of a global pipe is an internal error to a client, and itself to the microservice', async () => {
    const neighbour = await start('--inherit');
    const refused = await answerTo(await connect(neighbour), 'order', { item: 42 });
    expect(refused).toMatchObject({ status: 'error', error: { code: 'INTERNAL_ERROR' } });
    expect(await rpc(neighbour, 'order', { item: 42 })).toMatchObject({ error: { message: 'An item is a text.' } });
  });

  it('a global guard made for microservices refuses clients, and is named in the log', async () => {
    const neighbour = await start('--inherit', '--rpc-guard');
    const client = await connect(neighbour);
    expect(await answerTo(client, 'browse')).toMatchObject({ error: { code: 'INTERNAL_ERROR' } });
    expect(await rpc(neighbour, 'restock')).toEqual({ rpc: 'restocked' });
    await neighbour.process.prints(/guard failed/);
  });

  it.each([[[]], [['--inherit']]])('a shutdown closes clients with 1012 and the microservice: %j', async (args) => {
    const neighbour = await start(...args);
    const client = await connect(neighbour);
    expect(await rpc(neighbour, 'restock')).toBeDefined();
    expect(await neighbour.process.end()).toBe(0);
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
  });
});
