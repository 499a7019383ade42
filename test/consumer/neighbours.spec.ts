import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../support/raw-client.js';
import { upgradeHead } from '../support/raw-frames.js';
import { expectRefusal } from '../support/refused-upgrade.js';
import { RunningProcess } from '../support/running-process.js';
import { TestClient } from '../support/test-client.js';
import { buildConsumer, packPackages } from './consumer-app.js';

const INSTALL_AND_COMPILE_MS = 300_000;

const folder = mkdtempSync(join(tmpdir(), 'skreaver-neighbours-'));
const app = join(folder, 'app');

beforeAll(async () => {
  mkdirSync(app);
  await buildConsumer('neighbours', app, await packPackages(folder));
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

  it('a reset of one of its upgrades before the answer harms nothing', async () => {
    const neighbour = await start();
    await neighbour.resetUpgrade('/held');
    expect(await eventOfOurs(neighbour)).toMatchObject({ agent: 7 });
    expect(await neighbour.process.end()).toBe(0);
  });

  it('an upgrade of an unknown path harms nothing when it is reset, and gets 404 otherwise', async () => {
    const neighbour = await start();
    await neighbour.resetUpgrade('/reset');
    const nobodys = await RawClient.open(neighbour.port);
    nobodys.write(upgradeHead({ target: '/other' }));
    expect((await nobodys.httpAnswer()).status).toBe(404);
    await nobodys.closed;
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
