import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloseCode } from '@skreaver/protocol';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';
import { buildConsumer, packPackages } from './consumer-app.js';

const INSTALL_AND_COMPILE_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), 'skreaver-consumer-'));
let archives: string[] = [];

beforeAll(async () => {
  archives = await packPackages(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Consumer {
  readonly process: RunningProcess;
  readonly port: number;
}

async function start(app: string): Promise<Consumer> {
  const process_ = new RunningProcess(process.execPath, [join(app, 'dist/main.js')]);
  const [, port] = await process_.prints(/listening on (\d+)\n/);
  return { process: process_, port: Number(port) };
}

const connect = ({ port }: Consumer, user: string): Promise<TestClient> =>
  TestClient.open(`ws://127.0.0.1:${port}/ws?token=token-of-${user}`);

async function announce({ port }: Consumer, data: unknown): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${port}/announce`, {
    method: 'POST',
    headers,
    body: JSON.stringify(data),
  });
  return answer.json();
}

describe.each(['nest-12', 'nest-11'])('a fresh application with the packed packages: %s', (fixture) => {
  const app = join(folder, fixture);

  beforeAll(async () => {
    mkdirSync(app);
    await buildConsumer(fixture, app, archives);
  }, INSTALL_AND_COMPILE_MS);

  it('refuses a token that its AuthHandler does not know', async () => {
    const consumer = await start(app);
    const client = await connect(consumer, 'nobody');
    await expect(client.closed).resolves.toMatchObject({ code: CloseCode.AuthenticationFailed });
  });

  it('broadcasts to the clients that subscribed with permission', async () => {
    const consumer = await start(app);
    const client = await connect(consumer, 'alice');
    expect((await client.subscribe('agent-updates', 'user.bob')).data).toMatchObject({
      success: false,
      subscribed: ['agent-updates'],
      failed: [{ channel: 'user.bob', code: 'PERMISSION_DENIED' }],
    });
    expect(await announce(consumer, { agent: 7 })).toEqual({ delivered: 1 });
    expect(await client.next('event')).toMatchObject({ data: { agent: 7 } });
  });

  it('runs its @WsRequest method behind its pipe and its guards', async () => {
    const consumer = await start(app);
    const alice = await connect(consumer, 'alice');
    expect((await alice.request('rename', { agent: 'a1', name: 'scout' })).data).toEqual({
      status: 'success',
      result: { renamed: 'a1', to: 'scout', by: 'alice', checked: true },
    });
    expect((await alice.request('rename', { agent: 'a1', name: 'x', extra: 1 })).data).toMatchObject({
      status: 'error',
      error: {
        code: 'INVALID_PARAMS',
        details: {
          messages: ['property extra should not exist', 'name must be longer than or equal to 3 characters'],
        },
      },
    });
    const bob = await connect(consumer, 'bob');
    expect((await bob.request('rename', { agent: 'a1', name: 'scout' })).data).toMatchObject({
      status: 'error',
      error: { code: 'PERMISSION_DENIED' },
    });
  });

  it('shows the metrics among its own', async () => {
    const consumer = await start(app);
    const client = await connect(consumer, 'alice');
    await client.settle();
    const metrics = await (await fetch(`http://127.0.0.1:${consumer.port}/metrics`)).text();
    expect(metrics).toMatch(/^websocket_connections_active 1$/m);
    expect(metrics).toMatch(/^process_cpu_user_seconds_total /m);
  });

  it('exits with code 0 when it is closed, and closes its clients with a code', async () => {
    const consumer = await start(app);
    const client = await connect(consumer, 'alice');
    await client.settle();
    expect(await consumer.process.end()).toBe(0);
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
    expect(consumer.process.printed).toBe(`listening on ${consumer.port}\n`);
  });
});

describe('an ordinary gateway in the same application', () => {
  it('keeps its path and its messages while the module serves its own', async () => {
    const consumer = await start(join(folder, 'nest-12'));
    const client = await connect(consumer, 'alice');
    await client.subscribe('agent-updates');
    const chat = new WebSocket(`ws://127.0.0.1:${consumer.port}/chat`);
    onTestFinished(() => chat.terminate());
    await once(chat, 'open');
    chat.send(JSON.stringify({ event: 'say', data: 'hello' }));
    const [said] = (await once(chat, 'message')) as [Buffer];
    expect(JSON.parse(said.toString())).toEqual({ event: 'said', data: 'HELLO' });
    expect(await announce(consumer, { for: 'subscribers' })).toEqual({ delivered: 1 });
    expect(await client.next('event')).toMatchObject({ data: { for: 'subscribers' } });
  });
});
