import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FakeSocket } from '../../../test/support/fake-socket.js';
import { serviceRig } from '../../../test/support/service-rig.js';
import type { SkreaverWsOptions } from '../../config/index.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const textsOf = ({ frames }: FakeSocket): string[] =>
  frames.map(({ bytes }) => /"data":"([^"]*)"/.exec(bytes.toString())?.[1] ?? '');
const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => `#${from + at}`);

/** A hundred subscribers, of whom a slice reaches some thirty. */
async function crowd(options: SkreaverWsOptions = {}) {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
  const channels = { crowd: { history: { size: 1000, ttl: 60_000 } } };
  const rig = serviceRig({ broadcastBufferSize: 40, maxSubscribersPerChannel: 1000, channels, ...options });
  const clients = Array.from({ length: 100 }, (_, at) => rig.connect(`user-${at}`));
  for (const { connection } of clients) await rig.subscriptions.subscribe(connection.id, ['crowd']);
  const waiting = (): number =>
    Math.max(
      0,
      ...(rig.flusher as unknown as { batches: { waiting: { frames: object[] }[] } }).batches.waiting.map(
        ({ frames }) => frames.length,
      ),
    );
  const publish = (text: string) => rig.publisher.publish({ channel: 'crowd', data: text });
  return { ...rig, clients, waiting, publish };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('publications whose subscribers lag behind', () => {
  it('wait, are never lost and keep their order, however many one turn makes', async () => {
    const { publish, clients, waiting } = await crowd();
    const texts = numbered(500);
    const published = texts.map((text) => publish(text));
    expect(waiting()).toBe(20);
    const offsets = (await Promise.all(published)).map(({ offset, delivered }) => ({ offset, delivered }));
    expect(offsets).toEqual(texts.map((_, at) => ({ offset: at + 1, delivered: 100 })));
    while (waiting() > 0) await turn();
    for (const { socket } of clients) expect(textsOf(socket)).toEqual(texts);
  });

  it('never exceed half of the outbox bound, and 64 more during a round', async () => {
    const { publish, waiting } = await crowd({ broadcastBufferSize: 1000 });
    const published = numbered(2000).map((text) => publish(text));
    expect(waiting()).toBe(500);
    await turn();
    expect(waiting()).toBe(564);
    await Promise.all(published);
    expect(waiting()).toBeLessThanOrEqual(128);
  });

  it('do not delay those of another channel', async () => {
    const { publish, publisher, subscriptions, clients, connect } = await crowd();
    const { connection, socket } = connect('bystander');
    await subscriptions.subscribe(connection.id, ['small']);
    for (const text of numbered(100)) void publish(text);
    await publisher.publish({ channel: 'small', data: 'small' });
    expect(textsOf(socket)).toEqual(['small']);
    expect(textsOf((clients[99] as (typeof clients)[0]).socket)).toEqual([]);
  });

  it('are published once the subscribers have gone', async () => {
    const { publish, clients, subscriptions } = await crowd();
    const published = numbered(100).map((text) => publish(text));
    for (const { connection } of clients) void subscriptions.unsubscribe(connection.id, ['crowd']);
    const offsets = (await Promise.all(published)).map(({ offset }) => offset);
    expect(offsets).toEqual(numbered(100).map((_, at) => at + 1));
  });

  it('fail alone if the backplane throws synchronously, and the next ones go on', async () => {
    const { publish, clients, backplane, waiting } = await crowd();
    const texts = numbered(60);
    const published = texts.map((text) => publish(text));
    vi.spyOn(backplane, 'publish').mockImplementationOnce(() => {
      throw new Error('down');
    });
    const outcomes = await Promise.allSettled(published);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    while (waiting() > 0) await turn();
    for (const { socket } of clients) expect(textsOf(socket)).toEqual(texts.toSpliced(20, 1));
  });

  it('are rejected in a later turn when too much waits, and only if they had to wait', async () => {
    const { publish, publisher, waiting, readMeters } = await crowd({ maxWaitingPublishBytes: 10_000 });
    const burst = numbered(100).map((text) => publish(text));
    await turn();
    await expect(publish('too much')).rejects.toMatchObject({
      code: 'RATE_LIMIT_EXCEEDED',
      details: { retry_after_ms: 1000 },
    });
    // Nobody waits for this one, and nothing ends for it.
    void publish('too much as well');
    expect(await readMeters()).toMatchObject({ publicationsRefused: 2 });
    await expect(publisher.publish({ channel: 'other', data: 1 })).resolves.toEqual({ delivered: 0 });
    await Promise.all(burst);
    while (waiting() > 0) await turn();
    await expect(publish('room again')).resolves.toMatchObject({ offset: 101 });
  });
});

describe('publications with a mirror', () => {
  const channels = { 'agent:*': { mirror: 'crowd' }, crowd: { history: { size: 1000, ttl: 60_000 } } };

  it('wait while the subscribers of the mirror lag behind, and keep the order of each source', async () => {
    const { publisher, clients, waiting } = await crowd({ channels });
    const texts = numbered(200);
    const published = texts.map((data, at) => publisher.publish({ channel: `agent:${at % 2}`, data }));
    expect(waiting()).toBe(20);
    expect((await Promise.all(published)).every(({ delivered }) => delivered === 100)).toBe(true);
    while (waiting() > 0) await turn();
    for (const { socket } of clients) {
      const received = textsOf(socket);
      for (const source of [0, 1]) {
        const isOfSource = (text: string) => Number(text.slice(1)) % 2 === source;
        expect(received.filter(isOfSource)).toEqual(texts.filter(isOfSource));
      }
      expect(received).toHaveLength(200);
    }
  });

  it('of one source do not keep back those of another for as long as they wait', async () => {
    const { publisher } = await crowd({ channels });
    const ended: string[] = [];
    const publish = (channel: string, data: string) =>
      publisher.publish({ channel, data }).then(() => ended.push(channel));
    const busy = numbered(500).map((data) => publish('agent:busy', data));
    await publish('agent:quiet', 'one');
    expect(ended.length).toBeLessThan(200);
    await Promise.all(busy);
  });
});

describe('events to everyone', () => {
  it('wait while everyone lags behind, are never lost and keep their order', async () => {
    const { subscriptions, clients, waiting } = await crowd();
    await subscriptions.sendToAll('first');
    while (waiting() > 0) await turn();
    const texts = numbered(500);
    const sent = texts.map((text) => subscriptions.sendToAll(text));
    expect(waiting()).toBe(20);
    expect((await Promise.all(sent)).every(({ delivered }) => delivered === 100)).toBe(true);
    while (waiting() > 0) await turn();
    for (const { socket } of clients) expect(textsOf(socket)).toEqual(['first', ...texts]);
  });

  it('are rejected in a later turn when too much waits, and hold up no channel', async () => {
    const { subscriptions, publisher, connect, readMeters } = await crowd({ maxWaitingPublishBytes: 10_000 });
    await subscriptions.subscribe(connect('other').connection.id, ['small']);
    const burst = numbered(100).map((text) => subscriptions.sendToAll(text));
    await turn();
    await expect(subscriptions.sendToAll('too much')).rejects.toMatchObject({
      code: 'RATE_LIMIT_EXCEEDED',
      details: { retry_after_ms: 1000 },
    });
    // Nobody waits for this one, and nothing ends for it.
    void subscriptions.sendToAll('too much as well');
    expect(await readMeters()).toMatchObject({ publicationsRefused: 2 });
    await expect(publisher.publish({ channel: 'small', data: 1 })).resolves.toEqual({ delivered: 1 });
    await Promise.all(burst);
  });
});
