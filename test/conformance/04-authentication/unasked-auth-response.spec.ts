import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { startApp, testAuth } from '../../support/test-app.js';

describe.each(encodings)('a connection to a server without an AuthHandler, in %s', (_encoding, protocols) => {
  speak(protocols);

  it('is told who it is before anything else, though it did not ask', async () => {
    const { connect, registry } = await startApp();
    const client = await connect();
    await client.subscribe('news');
    const id = registry.list()[0]?.id;
    expect(client.received[0]).toEqual({
      type: 'auth_response',
      data: {
        success: true,
        user_id: `anonymous_${id}`,
        connection_id: id,
        ping_interval: 30_000,
        reconnect_window_ms: 2000,
        message_rate: 10_000,
        message_burst: 10_000,
        max_requests: 100,
      },
    });
  });

  it('is told once, and again only where it asks', async () => {
    const { connect } = await startApp();
    const client = await connect();
    const unasked = await client.next('auth_response');
    const asked = await client.ask({ type: 'auth', data: { token: 'any' } });
    expect(unasked).not.toHaveProperty('correlation_id');
    expect(asked).toMatchObject(unasked);
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'auth_response')).toHaveLength(2);
  });
});

describe('an auth_response', () => {
  it('is not sent unasked to a client that has still to authenticate', async () => {
    const { connect } = await startApp(testAuth);
    const client = await connect();
    await client.settle();
    expect(client.received.map(({ type }) => type)).toEqual(['pong']);
  });

  it('tells the interval of pings, the window of reconnects and the bounds of messages that the server is set to', async () => {
    const { connect } = await startApp({
      pingInterval: 20_000,
      reconnectWindow: 0,
      messageRate: 7,
      messageBurst: 9,
      bufferSize: 5,
    });
    const { data } = await (await connect()).next('auth_response');
    expect(data).toMatchObject({
      ping_interval: 20_000,
      reconnect_window_ms: 0,
      message_rate: 7,
      message_burst: 9,
      max_requests: 5,
    });
  });

  it('has no interval of pings where they are frames, by the wish of the client or of the server', async () => {
    const [asking, set] = [await startApp(), await startApp({ heartbeat: 'frame' })];
    for (const client of [await asking.connect('?heartbeat=frame'), await set.connect()]) {
      const { data } = await client.next('auth_response');
      expect(data).toMatchObject({ success: true, reconnect_window_ms: 2000 });
      expect(data).not.toHaveProperty('ping_interval');
    }
  });

  it('says 0 for the time that is left in the grace time of an expired session', async () => {
    const { connect } = await startApp(testAuth);
    const { data } = await (await connect('?token=expires--50-alice')).next('auth_response');
    expect(data).toMatchObject({ success: true, expires_in: 0 });
  });
});
