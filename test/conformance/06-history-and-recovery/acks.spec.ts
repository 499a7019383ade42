import { setTimeout as pause } from 'node:timers/promises';
import { Backplane } from '@skreaver/nestjs-ws';
import { type ServerMessage } from '@skreaver/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Acknowledgements } from '../../../src/delivery/index.js';
import { LatchedBackplane } from '../../support/latched-backplane.js';
import { KEPT, range, subscribe } from '../../support/recover.js';
import { startApp, testAuth } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';
import { consume } from '../../docs/snippets/consume.js';
import { recovery } from '../../docs/snippets/recovery-options.js';

/** The rates that hold by default; `startApp` has others. */
const DEFAULT_RATES = { messageRate: 50, messageBurst: 100 } as const;
/** So few messages that any one that counts is refused. */
const BARE_RATES = { messageRate: 1, messageBurst: 1 } as const;

const errorsOf = (client: TestClient) =>
  client.received.flatMap((message) => (message.type === 'error' ? [message.data.code] : []));

describe('an ack', () => {
  it('for each delivered event does not count for the message rate', async () => {
    const app = await startApp({ ...KEPT, ...BARE_RATES });
    const client = await app.connect();
    await subscribe(client, 'kept');
    await app.subscriptions.broadcastMany(range(1, 60).map((data) => ({ channel: 'kept', data })));
    for (const offset of range(1, 60)) {
      await client.next('event');
      client.send({ type: 'ack', data: { channel: 'kept', offset } });
    }
    const [only] = app.registry.list();
    await expect
      .poll(async () => (await app.app.get(Backplane).acknowledged('kept', only?.userId ?? ''))?.offset)
      .toBe(60);
    expect(errorsOf(client)).toEqual([]);
  });

  it('for each question does not count for the message rate, even when it is late', async () => {
    const app = await startApp(BARE_RATES);
    const client = await app.connect();
    const id = app.registry.list()[0]?.id ?? '';
    const late = app.subscriptions.ask(id, 'late', { timeout: 1 }).catch((error: unknown) => error);
    expect(await late).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    const asked = Promise.all(range(1, 20).map((question) => app.subscriptions.ask(id, question)));
    // The questions, and the withdrawal of the late one.
    for (let events = 0; events < 22; events += 1) {
      const { correlation_id, data, metadata } = await client.next('event');
      if (metadata.kind === undefined) client.send({ type: 'ack', correlation_id, data });
    }
    expect(await asked).toEqual(range(1, 20));
    expect(errorsOf(client)).toEqual([]);
  });

  it('counts for the message rate once a client sends more of them than it got messages', async () => {
    const app = await startApp({ ...KEPT, messageRate: 1, messageBurst: 10 });
    const client = await app.connect();
    await subscribe(client, 'kept');
    await app.subscriptions.broadcast('kept', 1);
    for (let at = 0; at < 1000; at += 1) client.send({ type: 'ack', data: { channel: 'kept', offset: 1 } });
    expect((await client.closed).code).toBe(4003);
  });

  it('in a flood is handled a hundred at a time, and is not refused', async () => {
    const app = await startApp({ ...BARE_RATES, channels: { kept: { history: { size: 1000, ttl: 60_000 } } } });
    const client = await app.connect();
    await subscribe(client, 'kept');
    await app.subscriptions.broadcastMany(range(1, 900).map((data) => ({ channel: 'kept', data })));
    await vi.waitUntil(() => client.received.filter(({ type }) => type === 'event').length === 900, 20_000);
    const acknowledgements = app.app.get(Acknowledgements);
    const take = acknowledgements.take.bind(acknowledgements);
    const takenAt: number[] = [];
    vi.spyOn(acknowledgements, 'take').mockImplementation((...ack) => {
      takenAt.push(performance.now());
      return take(...ack);
    });
    for (const offset of range(1, 900)) client.send({ type: 'ack', data: { channel: 'kept', offset } });
    await vi.waitUntil(() => takenAt.length === 900, 20_000);
    const sinceBatchBeforeLast = range(2, 8).map((n) => (takenAt[n * 100] ?? 0) - (takenAt[(n - 1) * 100 - 1] ?? 0));
    // The first ack of a batch comes 50 ms after the last one of the batch before the previous one; timers are 1 ms early.
    expect(Math.min(...sinceBatchBeforeLast)).toBeGreaterThanOrEqual(48);
    expect(errorsOf(client)).toEqual([]);
  });

  it('holds up no message while it is being stored, and the last one is stored in the end', async () => {
    const backplane = new LatchedBackplane();
    const app = await startApp({ ...KEPT, ...testAuth, ...backplane.source });
    const client = await app.connect('?token=token-ann');
    await subscribe(client, 'kept');
    await app.subscriptions.broadcastMany(range(1, 50).map((data) => ({ channel: 'kept', data })));
    backplane.storing.close();
    for (const offset of range(1, 50)) client.send({ type: 'ack', data: { channel: 'kept', offset } });
    await client.settle();
    expect(backplane.stored).toEqual([1]);
    client.webSocket.terminate();
    await expect.poll(() => app.registry.list()).toEqual([]);
    backplane.storing.open();
    await expect.poll(() => backplane.stored).toEqual([1, 50]);
    expect((await backplane.acknowledged('kept', 'ann'))?.offset).toBe(50);
  });
});

describe('the consumer of the guide', () => {
  it('works through 1,000 missed events, and then 130 a second, without a refusal', async () => {
    const received: ServerMessage[] = [];
    class BrowserSocket extends WebSocket {
      constructor(url: string) {
        super(url);
        this.on('message', (data) => received.push(JSON.parse((data as Buffer).toString()) as ServerMessage));
        onTestFinished(() => this.terminate());
      }
    }
    vi.stubGlobal('WebSocket', BrowserSocket);
    onTestFinished(() => void vi.unstubAllGlobals());
    const app = await startApp({ ...recovery, ...testAuth, ...DEFAULT_RATES });
    const channel = 'agent:results';
    const backplane = app.app.get(Backplane);
    const { top } = await backplane.history(channel, { limit: 0 });
    await backplane.acknowledge(channel, 'worker', top);
    const publish = (first: number, last: number) =>
      app.subscriptions.broadcastMany(range(first, last).map((data) => ({ channel, data })));
    await publish(1, 1000);
    const handled: unknown[] = [];
    consume(`${app.url}?token=token-worker`, channel, (data) => handled.push(data));
    await vi.waitUntil(() => handled.length === 1000, { timeout: 20_000 });
    for (let at = 1000; at < 1390; at += 13) {
      await publish(at + 1, at + 13);
      await pause(100);
    }
    await expect.poll(async () => (await backplane.acknowledged(channel, 'worker'))?.offset).toBe(1390);
    expect(handled).toEqual(range(1, 1390));
    expect(received.filter(({ type }) => type === 'error')).toEqual([]);
  });
});
