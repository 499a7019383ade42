import { readFileSync } from 'node:fs';
import { type EventMessage } from '@skreaver/protocol';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { SkreaverWsExtras } from '@skreaver/nestjs-ws';
import { LossyBackplane } from '../support/backplane/lossy-backplane.js';
import { range } from '../support/recover.js';
import { type TestApp, startApp, testAuth } from '../support/test-app.js';
import { answer } from './snippets/answer.js';
import { consume } from './snippets/consume.js';
import { Deployments } from './snippets/deployments.js';
import { follow } from './snippets/follow.js';
import { overflow } from './snippets/overflow-options.js';
import { recovery } from './snippets/recovery-options.js';
import { TaskResults } from './snippets/task-results.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

const sockets: WebSocket[] = [];

/** What a browser has, and Node 20 has not; it remembers its sockets, to be cut. */
class BrowserSocket extends WebSocket {
  constructor(url: string) {
    super(url);
    sockets.push(this);
    onTestFinished(() => this.terminate());
  }
}

beforeEach(() => {
  sockets.length = 0;
  vi.stubGlobal('WebSocket', BrowserSocket);
  onTestFinished(() => void vi.unstubAllGlobals());
});

/** Cuts the newest socket, and waits until the server knows. */
async function cut({ registry }: TestApp): Promise<void> {
  sockets.at(-1)?.terminate();
  await vi.waitUntil(() => registry.list().length === 0, { interval: 1, timeout: 20_000 });
}

describe('what the guide shows of delivery', () => {
  it.each([
    'recovery-options.ts',
    'stay-connected.js',
    'follow.js',
    'task-results.ts',
    'consume.js',
    'overflow-options.ts',
    'deployments.ts',
    'answer.js',
  ])('is what is tested here: %s', (file) => {
    const [, tested = ''] = read(`./snippets/${file}`).split('but for the `export`.\n');
    expect(tested).toMatch(/^(import .+\n)*\n?(@Injectable\(\)\n)?export /);
    const language = file.split('.').at(-1);
    const pages = ['plain-clients', 'channels-and-recovery', 'requests-and-streams'];
    expect(pages.map((page) => read(`../../docs/guide/${page}.md`)).join('')).toContain(
      `\`\`\`${language}\n${tested.replace('export ', '')}\`\`\``,
    );
  });
});

describe('the client of the guide that misses nothing', () => {
  const channel = 'agent:7';

  async function followed(source: Pick<SkreaverWsExtras, 'backplane'> = {}) {
    vi.spyOn(Math, 'random').mockReturnValue(1); // comes back after a second
    onTestFinished(() => void vi.restoreAllMocks());
    const app = await startApp({ ...recovery, ...source });
    const [events, reload] = [[] as unknown[], vi.fn<() => void>()];
    const stop = follow(app.url, channel, { onEvent: (data) => events.push(data), reload });
    onTestFinished(stop);
    await vi.waitUntil(() => reload.mock.calls.length === 1, 20_000);
    const publish = async (first: number, last: number) => {
      const made = await app.subscriptions.broadcastMany(range(first, last).map((data) => ({ channel, data })));
      return made.reduce((sum, one) => sum + ('error' in one ? Number.NaN : one.delivered), 0);
    };
    return { app, events, reload, publish };
  }

  it('gets every event once, also what was published while its socket was cut', async () => {
    const { app, events, reload, publish } = await followed();
    expect(await publish(1, 3)).toBe(3);
    await vi.waitUntil(() => events.length === 3, 20_000);
    await cut(app);
    expect(await publish(4, 9)).toBe(0);
    await vi.waitUntil(() => events.length === 9, { timeout: 20_000 });
    expect(await publish(10, 10)).toBe(1);
    await vi.waitUntil(() => events.length >= 10, 20_000);
    expect(events).toEqual(range(1, 10));
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it('is told to load its state again where too much was published meanwhile, and goes on from there', async () => {
    const { app, events, reload, publish } = await followed();
    await cut(app);
    expect(await publish(1, 1001)).toBe(0);
    await vi.waitUntil(() => reload.mock.calls.length === 2, { timeout: 20_000 });
    await publish(1002, 1002);
    await vi.waitUntil(() => events.length > 0, 20_000);
    expect(events).toEqual([1002]);
  });

  it('is told to load its state again where the server has lost events, and goes on from there', async () => {
    const backplane = new LossyBackplane();
    const { app, events, reload, publish } = await followed(backplane.source);
    await publish(1, 2);
    backplane.isDeaf = true;
    await publish(3, 1100);
    backplane.isDeaf = false;
    await publish(1101, 1101);
    await vi.waitUntil(() => reload.mock.calls.length === 2, { timeout: 20_000 });
    await publish(1102, 1102);
    await vi.waitUntil(() => events.length > 2, 20_000);
    expect(events).toEqual([1, 2, 1102]);
    expect(app.registry.list()).toHaveLength(1);
    expect(sockets).toHaveLength(1);
  });
});

describe('the results of the guide', () => {
  const task = (id: string) => ({ id, result: `result ${id}` });

  it('are published once, and taken up by their consumer where it stopped', async () => {
    const app = await startApp({ ...recovery, ...testAuth }, { providers: [TaskResults] });
    const results = app.app.get(TaskResults);
    const handled: string[] = [];
    const start = async () => {
      const stop = consume(`${app.url}?token=token-worker`, 'agent:results', (data) => {
        handled.push((data as { id: string }).id);
        // The second task ends a worker halfway, the first time.
        return handled.join() === 'a,b' ? new Promise(() => {}) : undefined;
      });
      onTestFinished(stop);
      await vi.waitUntil(() => app.subscriptions.channels().length === 1, 20_000);
      return stop;
    };
    const stop = await start();
    const first = await results.publish(task('a'));
    expect(await results.publish(task('a'))).toEqual({ ...first, delivered: 0, duplicate: true });
    await results.publish(task('b'));
    await vi.waitUntil(() => handled.length === 2, 20_000);
    stop();
    await vi.waitUntil(() => app.registry.list().length === 0, 20_000);
    await results.publish(task('c'));
    await start();
    await vi.waitUntil(() => handled.length >= 4, 20_000);
    expect(handled).toEqual(['a', 'b', 'b', 'c']);
  });

  it('are not lost to a consumer that was cut before it acknowledged any', async () => {
    const app = await startApp({ ...recovery, ...testAuth }, { providers: [TaskResults] });
    const handled: unknown[] = [];
    onTestFinished(consume(`${app.url}?token=token-worker`, 'agent:results', (data) => handled.push(data)));
    await vi.waitUntil(() => sockets.length === 1, 20_000);
    const ws = sockets[0] as WebSocket;
    await new Promise((resolve) => ws.once('message', () => ws.once('message', resolve)));
    ws.send(JSON.stringify({ type: 'ping' }));
    await new Promise((resolve) => ws.once('message', resolve)); // so its ack has been taken
    await cut(app);
    await app.app.get(TaskResults).publish(task('a'));
    await vi.waitUntil(() => handled.length > 0, 20_000);
    expect(handled).toEqual([task('a')]);
  });
});

describe('the slow readers of the guide', () => {
  const EVENTS = 300;

  it.each([
    ['cursor:1', true],
    ['log:1', { from: expect.any(Number), to: expect.any(Number) }],
  ])('stay, get the newest, and are told of the gap: %s', async (channel, gap) => {
    const app = await startApp({ ...overflow, broadcastBufferSize: 20 });
    const client = await app.connect('', { perMessageDeflate: false });
    await client.subscribe(channel);
    client.stall();
    for (const n of range(1, EVENTS)) {
      await app.subscriptions.broadcast(channel, { n, padding: 'x'.repeat(60_000) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.webSocket.resume();
    const last = (message: { type: string; data?: unknown }): message is EventMessage =>
      message.type === 'event' && (message.data as { n: number }).n === EVENTS;
    await client.nextWhere(last);
    const gaps = client.received.flatMap((message) =>
      message.type === 'event' && message.metadata.gap !== undefined ? [message.metadata.gap] : [],
    );
    expect(gaps).toContainEqual(gap);
  });
});

describe('the approval of the guide', () => {
  const start = () => startApp(testAuth, { providers: [Deployments] });

  it.each([true, false])('is what the user said: %s', async (said) => {
    const ask = vi.fn<(question: string) => boolean>(() => said);
    const { app, connect } = await start();
    const alice = await connect('?token=token-alice');
    const approved = app.get(Deployments).isApproved();
    await answer(alice.webSocket, await alice.next('auth_response'), ask);
    await answer(alice.webSocket, await alice.next('event'), ask);
    expect(await approved).toBe(said);
    expect(ask.mock.calls).toEqual([['Deploy?']]);
  });

  it('is none where nobody answers, everybody leaves, or nobody is here', async () => {
    const { app, connect } = await start();
    const deployments = app.get(Deployments);
    expect(await deployments.isApproved()).toBe(false);
    const alice = await connect('?token=token-alice');
    await alice.next('auth_response');
    expect(await deployments.isApproved(100)).toBe(false);
    const approved = deployments.isApproved();
    await alice.next('event');
    alice.webSocket.terminate();
    expect(await approved).toBe(false);
  });
});
