import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { RawClient } from '../../support/raw-client.js';
import { messageFrame } from '../../support/raw-frames.js';
import { startApp } from '../../support/test-app.js';

describe.each(encodings)('an event, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('has its channel, its time of publication in ms since 1970, and no correlation id', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('news');
    const before = Date.now();
    await subscriptions.broadcast('news', { a: 1 });
    const event = await client.next('event');
    expect(event).toEqual({
      type: 'event',
      data: { a: 1 },
      metadata: { channel: 'news', timestamp: expect.any(Number) as number },
    });
    expect(event.metadata.timestamp).toBeGreaterThanOrEqual(before);
    expect(event.metadata.timestamp).toBeLessThanOrEqual(Date.now());
  });

  it.each([
    ['null', null],
    ['false', false],
    ['0', 0],
    ['an empty text', ''],
    ['text that looks like JSON', '{"type":"ping"}'],
    ['text of every kind', 'é€😀\u0000\u2028\\"</script>'],
    ['an empty list', []],
    ['an empty object', {}],
    ['what looks like an envelope', { type: 'event', correlation_id: 'x', metadata: { channel: 'other' } }],
    ['what is nested deeper than a client may send', JSON.parse(`${'['.repeat(100)}1${']'.repeat(100)}`) as unknown],
    ['a number of every digit', 0.1 + 0.2],
  ])('carries exactly what was published: %s', async (_what, data) => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('news');
    await subscriptions.broadcast('news', data);
    const event = await client.next('event');
    expect(event.data).toEqual(data);
    expect(event.metadata.channel).toBe('news');
  });

  it('keeps the order of the keys that a client wrote', async () => {
    const app = await startApp({ channels: { news: { clientPublish: true } } });
    const client = await RawClient.upgrade(app.port);
    client.write(messageFrame({ type: 'subscribe', data: { channels: ['news'] } }));
    await client.message();
    const data = { zebra: 1, apple: { b: [], a: null }, ['']: 'empty key' };
    client.write(messageFrame({ type: 'request', data: { method: 'publish', params: { channel: 'news', data } } }));
    const event = await client.message();
    expect(JSON.stringify(event)).toContain(`"data":${JSON.stringify(data)}`);
  });

  it('keeps its data as published, though the object changes later', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('news');
    const data = { state: 'then' };
    const published = subscriptions.broadcast('news', data);
    data.state = 'now';
    await published;
    expect((await client.next('event')).data).toEqual({ state: 'then' });
  });

  it('goes to subscribers of its channel only', async () => {
    const { connect, subscriptions } = await startApp();
    const [a, b] = [await connect(), await connect()];
    await a.subscribe('a');
    await b.subscribe('b');
    expect(await subscriptions.broadcast('a', 1)).toEqual({ delivered: 1 });
    await a.next('event');
    await b.settle();
    expect(b.received.filter(({ type }) => type === 'event')).toEqual([]);
  });

  it('is delivered to nobody in a channel without subscribers', async () => {
    const { subscriptions } = await startApp();
    expect(await subscriptions.broadcast('empty', 1)).toEqual({ delivered: 0 });
  });
});

describe.each(encodings)('the events of a channel, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('come once and in the order of publication to every subscriber, whoever publishes', async () => {
    const { connect, subscriptions } = await startApp({ channels: { news: { clientPublish: true } } });
    const readers = [await connect(), await connect(), await connect()];
    for (const reader of readers) await reader.subscribe('news');
    const writer = await connect();
    const COUNT = 200;
    for (let at = 0; at < COUNT; at += 1) {
      void subscriptions.broadcast('news', { by: 'server', at });
      writer.send({
        type: 'request',
        data: { method: 'publish', params: { channel: 'news', data: { by: 'client', at } } },
      });
      if (at % 20 === 0) await writer.settle();
    }
    for (let at = 0; at < COUNT; at += 1) await writer.next('response');
    const seen = await Promise.all(
      readers.map(async (reader) => {
        const events: { by: string; at: number }[] = [];
        while (events.length < 2 * COUNT) events.push((await reader.next('event')).data as { by: string; at: number });
        await reader.settle();
        expect(reader.received.filter(({ type }) => type === 'event')).toHaveLength(2 * COUNT);
        return events;
      }),
    );
    for (const events of seen) {
      expect(events).toEqual(seen[0]);
      for (const by of ['server', 'client']) {
        const own = events.filter((event) => event.by === by).map(({ at }) => at);
        expect(own).toEqual(Array.from({ length: COUNT }, (_, at) => at));
      }
    }
  });

  it('begin after the answer to subscribe, however much is published meanwhile', async () => {
    const { connect, subscriptions } = await startApp();
    let at = 0;
    const publishing = setInterval(() => {
      for (let burst = 0; burst < 20; burst += 1) void subscriptions.broadcast('busy', (at += 1));
    }, 0);
    try {
      for (let round = 0; round < 30; round += 1) {
        const client = await connect();
        client.send({ type: 'subscribe', data: { channels: ['busy'] } });
        await client.next('event');
        expect(client.received.find(({ type }) => type !== 'ping' && type !== 'auth_response')?.type).toBe(
          'subscribe_response',
        );
        client.webSocket.terminate();
      }
    } finally {
      clearInterval(publishing);
    }
  });

  it('end with the answer to unsubscribe', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('busy');
    const publishing = setInterval(() => void subscriptions.broadcast('busy', 1), 0);
    try {
      await client.next('event');
      await client.ask({ type: 'unsubscribe', data: { channels: ['busy'] } });
      for (let count = 0; count < 20; count += 1) await client.settle();
    } finally {
      clearInterval(publishing);
    }
    const types = client.received.map(({ type }) => type);
    expect(types.lastIndexOf('event')).toBeLessThan(types.indexOf('unsubscribe_response'));
  });
});
