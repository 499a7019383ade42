import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloseCode } from '@skreaver/protocol';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { nodeBinary } from '../support/node-binary.js';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';
import { buildConsumer, runIn } from './consumer-app.js';
import { packPackages } from './packed-packages.js';
import { WantedApp } from './wanted/wanted-app.js';
import { enhancerRules } from './wanted/enhancers.js';
import { wanted } from './wanted/table.js';

const INSTALL_AND_COMPILE_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), 'skreaver-consumer-'));
let archives: string[] = [];
/** Each thing that a team wants by the applications in which its check has passed. */
const works: Record<string, Record<string, string>> = Object.fromEntries(wanted.map(({ thing }) => [thing, {}]));

beforeAll(async () => {
  archives = await packPackages();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  console.table(works);
});

interface Consumer {
  readonly process: RunningProcess;
  readonly port: number;
}

async function start(app: string, ...args: readonly string[]): Promise<Consumer> {
  const process_ = new RunningProcess(process.execPath, [join(app, 'dist/main.js'), ...args]);
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
    await buildConsumer(fixture, app, archives, () =>
      cpSync(join(import.meta.dirname, 'fixtures/wanted'), join(app, 'src'), { recursive: true }),
    );
  }, INSTALL_AND_COMPILE_MS);

  describe.each([
    ['Express', []],
    ['Fastify', ['--fastify']],
  ])('on %s', (adapter, args) => {
    describe('what a team wants', () => {
      let running: WantedApp;

      beforeAll(async () => {
        running = await WantedApp.start(join(app, 'dist/wanted.js'), args, () => {});
        return async () => {
          await running.end();
        };
      });

      it.each(wanted.map(({ thing, check }) => [thing, check] as const))('works: %s', async (thing, check) => {
        await check(running);
        (works[thing] ??= {})[`${fixture}, ${adapter}`] = 'works';
      });
    });

    describe('filters, guards, pipes, interceptors and scopes of @WsRequest methods', () => {
      let running: WantedApp;

      beforeAll(async () => {
        running = await WantedApp.start(join(app, 'dist/enhanced.js'), args, () => {});
        return async () => {
          await running.end();
        };
      });

      it.each(enhancerRules.map(({ rule, check }) => [rule, check] as const))('%s', (_rule, check) => check(running));
    });

    it('refuses a token that its AuthHandler does not know', async () => {
      const consumer = await start(app, ...args);
      const client = await connect(consumer, 'nobody');
      await expect(client.closed).resolves.toMatchObject({ code: CloseCode.AuthenticationFailed });
    });

    it('broadcasts to the clients that subscribed with permission', async () => {
      const consumer = await start(app, ...args);
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
      const consumer = await start(app, ...args);
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
      const consumer = await start(app, ...args);
      const client = await connect(consumer, 'alice');
      await client.settle();
      const metrics = await (await fetch(`http://127.0.0.1:${consumer.port}/metrics`)).text();
      expect(metrics).toMatch(/^websocket_connections_active 1$/m);
      expect(metrics).toMatch(/^process_cpu_user_seconds_total /m);
    });

    it('tells Terminus that it is ready and has room', async () => {
      const consumer = await start(app, ...args);
      expect(await (await fetch(`http://127.0.0.1:${consumer.port}/health`)).json()).toMatchObject({
        status: 'ok',
        details: { websocket: { status: 'up', connections: 0 }, capacity: { status: 'up', maxConnections: 1000 } },
      });
    });

    it('exits with code 0 when it is closed, and closes its clients with a code', async () => {
      const consumer = await start(app, ...args);
      const client = await connect(consumer, 'alice');
      await client.settle();
      expect(await consumer.process.end()).toBe(0);
      expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
      expect(consumer.process.printed).toBe(`listening on ${consumer.port}\n`);
    });
  });
});

/** Prints for the packages and for the subpath whether ESM and CommonJS of one process got the same class. */
const COMPARE = `
  const required = require('@skreaver/nestjs-ws');
  const protocol = require('@skreaver/protocol');
  const { SkreaverWsHealthIndicator } = require('@skreaver/nestjs-ws/terminus');
  const injected = Reflect.getMetadata('design:paramtypes', SkreaverWsHealthIndicator);
  Promise.all([import('@skreaver/nestjs-ws'), import('@skreaver/protocol')]).then(([imported, importedProtocol]) =>
    console.log(
      required.SubscriptionService === imported.SubscriptionService,
      protocol.decodeClientMessage === importedProtocol.decodeClientMessage,
      injected.includes(imported.ShutdownService),
    ));
`;

const nodes = { 20: process.execPath, 22: nodeBinary(22), 24: nodeBinary(24) };

describe.each(['nest-12', 'nest-11'])('the ESM and CommonJS files of one application: %s', (fixture) => {
  it.each(Object.entries(nodes))('share one copy of each class on Node %s', async (_major, node) => {
    const app = join(folder, fixture);
    writeFileSync(join(app, 'compare.cjs'), COMPARE);
    expect(await runIn(app, 'compare.cjs', [], node)).toBe('true true true\n');
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
