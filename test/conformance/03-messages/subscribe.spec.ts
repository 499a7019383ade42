import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { startApp, testAuth } from '../../support/test-app.js';

const message = expect.any(String) as string;

describe.each(encodings)('subscribe, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('answers with the channels, the correlation id, and no failed key when nothing failed', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    client.send({ type: 'subscribe', data: { channels: ['b', 'a'] }, correlation_id: 's1' });
    expect(await client.next('subscribe_response')).toEqual({
      type: 'subscribe_response',
      correlation_id: 's1',
      data: { success: true, subscribed: ['b', 'a'] },
    });
    expect(subscriptions.channels()).toEqual([
      { channel: 'b', subscribers: 1 },
      { channel: 'a', subscribers: 1 },
    ]);
  });

  it('accepts objects with a channel beside names', async () => {
    const { connect } = await startApp();
    const client = await connect();
    const answer = await client.ask({
      type: 'subscribe',
      data: { channels: [{ channel: 'a', since: { epoch: 'e', offset: 0 }, join_leave: false }, 'b'] },
    });
    expect(answer.data).toMatchObject({ success: true, subscribed: ['a', 'b'] });
  });

  it('subscribes to the rest when it fails in part, and lists the failures', async () => {
    const { connect, registry, subscriptions } = await startApp(testAuth);
    const client = await connect('?token=token-alice');
    const answer = await client.subscribe('news', 'no spaces', 'private-bob', 'private-alice');
    expect(answer.data).toEqual({
      success: false,
      subscribed: ['news', 'private-alice'],
      failed: [
        { channel: 'no spaces', code: 'INVALID_CHANNEL', message },
        { channel: 'private-bob', code: 'PERMISSION_DENIED', message },
      ],
    });
    expect(subscriptions.subscriptionsOf(registry.list()[0]?.id as string)).toEqual(['news', 'private-alice']);
  });

  it('subscribes to nothing when it fails for all channels', async () => {
    const { connect, subscriptions } = await startApp(testAuth);
    const client = await connect('?token=token-alice');
    const answer = await client.subscribe('private-bob');
    expect(answer.data).toMatchObject({ success: false, subscribed: [] });
    expect(subscriptions.channels()).toEqual([]);
  });

  it('succeeds again for the same channel, in one message or in two, and delivers once', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    expect((await client.subscribe('news', 'news')).data).toEqual({ success: true, subscribed: ['news'] });
    expect((await client.subscribe('news')).data).toEqual({ success: true, subscribed: ['news'] });
    expect(await subscriptions.broadcast('news', 1)).toEqual({ delivered: 1 });
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'event')).toHaveLength(1);
  });

  it('checks the permission of a channel again each time', async () => {
    const auth = new LatchedAuthHandler();
    const { connect } = await startApp(auth.source);
    const client = await connect('?token=token-alice');
    await client.subscribe('news', 'news');
    await client.subscribe('news');
    expect(auth.asked).toEqual(['news', 'news']);
  });
});

describe.each(encodings)('channel names, in %s', (_encoding, protocols) => {
  speak(protocols);

  it.each(['a', 'A.b_c:d/e-9', 'x'.repeat(255), '0', '-', '//', 'constructor', '__proto__', 'toString'])(
    'include %s',
    async (channel) => {
      const { connect, subscriptions } = await startApp();
      const client = await connect();
      expect((await client.subscribe(channel)).data.subscribed).toEqual([channel]);
      await subscriptions.broadcast(channel, channel);
      expect((await client.next('event')).metadata.channel).toBe(channel);
    },
  );

  it.each(['', ' ', 'a b', 'system ', 'é', 'ſystem', 'a\n', 'a\u200b', 'a*', 'x'.repeat(256), 'a#', 'a?', '😀'])(
    'exclude %j, which no AuthHandler is asked about',
    async (channel) => {
      const auth = new LatchedAuthHandler();
      const { connect } = await startApp(auth.source);
      const client = await connect('?token=token-alice');
      const answer = await client.subscribe(channel);
      expect(answer.data).toMatchObject({ success: false, subscribed: [], failed: [{ code: 'INVALID_CHANNEL' }] });
      expect(auth.asked).toEqual([]);
    },
  );

  it('are compared exactly', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('News');
    expect(await subscriptions.broadcast('news', 1)).toEqual({ delivered: 0 });
  });

  it('that are invalid are echoed in at most 255 characters', async () => {
    const { connect } = await startApp();
    const client = await connect();
    const { data } = await client.subscribe('y'.repeat(5000));
    expect(data.failed?.[0]?.channel).toBe('y'.repeat(255));
  });
});

describe.each(encodings)('unsubscribe, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('answers with the channels and the correlation id, and ends the delivery', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('a', 'b');
    client.send({ type: 'unsubscribe', data: { channels: ['a'] }, correlation_id: 'u1' });
    expect(await client.next('unsubscribe_response')).toEqual({
      type: 'unsubscribe_response',
      correlation_id: 'u1',
      data: { success: true, unsubscribed: ['a'] },
    });
    expect(await subscriptions.broadcast('a', 1)).toEqual({ delivered: 0 });
    expect(await subscriptions.broadcast('b', 1)).toEqual({ delivered: 1 });
  });

  it('succeeds for a channel that is not subscribed', async () => {
    const { connect } = await startApp();
    const client = await connect();
    const answer = await client.ask({ type: 'unsubscribe', data: { channels: ['never', 'never'] } });
    expect(answer.data).toEqual({ success: true, unsubscribed: ['never'] });
  });

  it('ends the rest when it fails in part, and lists the failures', async () => {
    const { connect, subscriptions } = await startApp();
    const client = await connect();
    await client.subscribe('a');
    const answer = await client.ask({ type: 'unsubscribe', data: { channels: ['no spaces', 'a'] } });
    expect(answer.data).toEqual({
      success: false,
      unsubscribed: ['a'],
      failed: [{ channel: 'no spaces', code: 'INVALID_CHANNEL', message }],
    });
    expect(subscriptions.channels()).toEqual([]);
  });

  it('leaves other connections of the same user alone', async () => {
    const { connect, subscriptions } = await startApp(testAuth);
    const [one, two] = [await connect('?token=token-alice'), await connect('?token=token-alice')];
    await one.subscribe('news');
    await two.subscribe('news');
    await one.ask({ type: 'unsubscribe', data: { channels: ['news'] } });
    await subscriptions.broadcast('news', 1);
    expect((await two.next('event')).data).toBe(1);
  });
});
