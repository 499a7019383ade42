import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { startApp, testAuth } from '../../support/test-app.js';

describe.each(encodings)('a client that has not authenticated, in %s', (_encoding, protocols) => {
  speak(protocols);

  it.each<[string, { type: string; data?: unknown }]>([
    ['subscribe', { type: 'subscribe', data: { channels: ['news'] } }],
    ['unsubscribe', { type: 'unsubscribe', data: { channels: ['news'] } }],
    ['the request ping', { type: 'request', data: { method: 'ping' } }],
    ['the request get_stats', { type: 'request', data: { method: 'get_stats' } }],
    ['the request subscriptions', { type: 'request', data: { method: 'subscriptions' } }],
    ['the request publish', { type: 'request', data: { method: 'publish', params: { channel: 'news', data: 1 } } }],
    ['a request of an unknown method', { type: 'request', data: { method: 'no_such' } }],
    ['ack', { type: 'ack', data: 1 }],
  ])('gets AUTHENTICATION_REQUIRED for %s, and the connection stays', async (_what, message) => {
    const { connect, subscriptions } = await startApp({ ...testAuth, channels: { news: { clientPublish: true } } });
    const client = await connect();
    const error = { code: 'AUTHENTICATION_REQUIRED' };
    expect(await client.ask(message)).toMatchObject(
      message.type === 'request'
        ? { type: 'response', data: { status: 'error', error } }
        : { type: 'error', data: error },
    );
    expect(subscriptions.channels()).toEqual([]);
    expect(await client.ask({ type: 'auth', data: { token: 'token-alice' } })).toMatchObject({
      data: { success: true },
    });
  });

  it('gets an answer to a ping, and may send a pong', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect();
    client.send({ type: 'pong' });
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    expect(client.received.filter(({ type }) => type === 'error')).toEqual([]);
  });

  it('gets AUTHENTICATION_REQUIRED after a failed attempt too', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect();
    await client.ask({ type: 'auth', data: { token: 'bad' } });
    const answer = await client.ask({ type: 'subscribe', data: { channels: ['news'] } });
    expect(answer).toMatchObject({ type: 'error', data: { code: 'AUTHENTICATION_REQUIRED' } });
  });
});

describe.each(encodings)(
  'a client that has not authenticated authTimeout after the upgrade, in %s',
  (_encoding, protocols) => {
    speak(protocols);

    const config = { ...testAuth, authTimeout: 300 };
    const timeout = { code: 4501, reason: 'AUTHENTICATION_TIMEOUT' };

    it('is closed with 4501 within 1 s, and not before', async () => {
      const { connect, registry } = await startApp(config);
      const startedAt = performance.now();
      const client = await connect();
      expect(await client.closed).toEqual(timeout);
      const took = performance.now() - startedAt;
      expect(took).toBeGreaterThanOrEqual(300);
      expect(took).toBeLessThan(1300);
      expect(registry.list()).toHaveLength(0);
    });

    it('is closed with 4501 however often it pings', async () => {
      const { connect } = await startApp(config);
      const client = await connect();
      const pinging = setInterval(() => client.send({ type: 'ping' }), 20);
      try {
        expect(await client.closed).toEqual(timeout);
      } finally {
        clearInterval(pinging);
      }
    });

    it('gets no more time by a failed attempt', async () => {
      const { connect } = await startApp(config);
      const startedAt = performance.now();
      const client = await connect();
      await after(200);
      client.send({ type: 'auth', data: { token: 'bad' } });
      expect(await client.closed).toEqual(timeout);
      expect(performance.now() - startedAt).toBeLessThan(1300);
    });

    it('is closed alone: clients that have authenticated stay', async () => {
      const { connect } = await startApp(config);
      const byUrl = await connect('?token=token-alice');
      const byMessage = await connect();
      await byMessage.ask({ type: 'auth', data: { token: 'token-bob' } });
      const unauthenticated = await connect();
      await unauthenticated.closed;
      await byUrl.settle();
      await byMessage.settle();
      expect(byMessage.webSocket.readyState).toBe(byMessage.webSocket.OPEN);
    });
  },
);

describe.each(encodings)('without an AuthHandler, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('every connection is anonymous_<connection id>, and its token is ignored', async () => {
    const { connect, registry } = await startApp();
    const client = await connect('?token=whatever');
    const [connection] = registry.list();
    expect(connection?.userId).toBe(`anonymous_${connection?.id}`);
    expect((await client.subscribe('news')).data.success).toBe(true);
    const told = client.received.filter(({ type }) => type === 'auth_response');
    expect(told).toMatchObject([{ data: { success: true, user_id: `anonymous_${connection?.id}` } }]);
  });

  it('an auth message is answered with that name, whatever its token', async () => {
    const { connect, registry } = await startApp();
    const client = await connect();
    const answer = await client.ask({ type: 'auth', data: { token: 'anything' } });
    const id = registry.list()[0]?.id;
    expect(answer.data).toMatchObject({ success: true, user_id: `anonymous_${id}`, connection_id: id });
  });

  it('two connections are two users', async () => {
    const { connect, registry } = await startApp();
    await connect();
    await connect();
    expect(new Set(registry.list().map(({ userId }) => userId)).size).toBe(2);
  });
});
