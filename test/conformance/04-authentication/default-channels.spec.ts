import { AuthHandler, AuthenticationUnavailableError, type DefaultChannel, type Identity } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { eventValues } from '../../support/event-values.js';
import { Latch } from '../../support/latch.js';
import { LatchedBackplane } from '../../support/latched-backplane.js';
import { KEPT } from '../../support/recover.js';
import { refusalOf } from '../../support/refusal-of.js';
import { startApp } from '../../support/test-app.js';

/** The user is subscribed to what the test says; it may subscribe itself to channels that begin with `open`. */
class Defaults extends AuthHandler {
  readonly asked: string[] = [];
  readonly latch = new Latch();
  channels: unknown = ['news'];

  override authenticate(token: string): Identity {
    return { userId: token };
  }
  override async defaultChannels(): Promise<readonly DefaultChannel[]> {
    await this.latch.wait();
    if (this.channels instanceof Error) throw this.channels;
    return this.channels as readonly DefaultChannel[];
  }
  override checkPermission(_userId: string, channel: string): boolean {
    this.asked.push(channel);
    return channel.startsWith('open');
  }
}

const started = async (channels: unknown = ['news'], options = {}) => {
  const handler = new Defaults();
  handler.channels = channels;
  const app = await startApp({ ...KEPT, ...options, authHandler: { useFactory: (): AuthHandler => handler } });
  const renewed = async (client: Awaited<ReturnType<typeof app.connect>>, next: unknown) => {
    handler.channels = next;
    return client.ask({ type: 'auth', data: { token: 'ann' } });
  };
  return { ...app, handler, renewed };
};

const unasked = (...subscribed: string[]) => ({ type: 'subscribe_response', data: { success: true, subscribed } });

describe('default channels', () => {
  it('are subscribed to and told right after the auth_response of a token in the handshake', async () => {
    const { connect, handler, subscriptions } = await started(['news', 'jobs']);
    const client = await connect('?token=ann');
    await client.settle();
    expect(client.received).toMatchObject([{ type: 'auth_response' }, unasked('news', 'jobs'), { type: 'pong' }]);
    expect(client.received[1]).not.toHaveProperty('correlation_id');
    expect(handler.asked).toEqual([]);
    await subscriptions.broadcast('news', 1);
    expect((await client.next('event')).data).toBe(1);
  });

  it('are subscribed to after an auth message, before the next message is taken', async () => {
    const { connect } = await started();
    const client = await connect();
    client.send({ type: 'auth', data: { token: 'ann' } });
    expect((await client.request('subscriptions')).data).toMatchObject({ result: { channels: ['news'] } });
    expect(client.received.map(({ type }) => type)).toEqual(['auth_response', 'subscribe_response', 'response']);
  });

  it('are subscribed to before the first message is taken, however slowly they open', async () => {
    const backplane = new LatchedBackplane();
    backplane.opening.close();
    const { connect, registry } = await started(['news'], backplane.source);
    const client = await connect('?token=ann');
    const asked = client.request('subscriptions');
    await backplane.opening.reached();
    await expect.poll(() => registry.getStats().messagesReceived).toBe(1);
    backplane.opening.open();
    expect((await asked).data).toMatchObject({ result: { channels: ['news'] } });
  });

  it('recover from the acknowledged position with since: "acked"', async () => {
    const { connect, subscriptions, table } = await started([{ channel: 'kept', since: 'acked' }]);
    const first = await connect('?token=ann');
    await first.next('subscribe_response');
    for (const value of [1, 2, 3]) await subscriptions.broadcast('kept', value);
    first.send({ type: 'ack', data: { channel: 'kept', offset: 1 } });
    await first.settle();
    first.webSocket.close();
    await expect.poll(() => table.list()).toEqual([]);
    const second = await connect('?token=ann');
    expect(await second.next('subscribe_response')).toMatchObject({
      data: { positions: { kept: { recovered: true } } },
    });
    await second.settle();
    expect(eventValues(second)).toEqual([2, 3]);
  });

  it('that fail are named with their codes, and the others are subscribed to', async () => {
    const { connect } = await started(['news', 'no good', 'jobs'], { maxSubscriptionsPerConnection: 1 });
    const client = await connect('?token=ann');
    expect((await client.next('subscribe_response')).data).toMatchObject({
      success: false,
      subscribed: ['news'],
      failed: [
        { channel: 'no good', code: 'INVALID_CHANNEL' },
        { channel: 'jobs', code: 'SUBSCRIPTION_LIMIT_EXCEEDED' },
      ],
    });
  });

  it('may be subscribed to again by the client, whose permission is not asked for', async () => {
    const { connect, handler } = await started();
    const client = await connect('?token=ann');
    await client.next('subscribe_response');
    await client.ask({ type: 'unsubscribe', data: { channels: ['news'] } });
    expect((await client.subscribe('news')).data).toEqual({ success: true, subscribed: ['news'] });
    expect(handler.asked).toEqual([]);
    expect((await client.request('history', { channel: 'kept' })).data.status).toBe('error');
  });

  it('are not told where there are none', async () => {
    const { connect } = await started([]);
    const client = await connect('?token=ann');
    await client.settle();
    expect(client.received.map(({ type }) => type)).toEqual(['auth_response', 'pong']);
  });
});

describe('default channels of a renewal', () => {
  it('stay without being asked for or told again, and new ones are told', async () => {
    const { connect, renewed, handler, subscriptions } = await started();
    const client = await connect('?token=ann');
    await client.settle();
    await renewed(client, ['news', 'jobs']);
    await client.settle();
    expect(client.received.slice(3)).toMatchObject([{ type: 'auth_response' }, unasked('jobs'), { type: 'pong' }]);
    expect(handler.asked).toEqual([]);
    expect(subscriptions.channels().map(({ channel }) => channel)).toEqual(['news', 'jobs']);
  });

  it('that are not named any more are reviewed as other channels: those refused end, and are told', async () => {
    const { connect, renewed, subscriptions } = await started(['news', 'open-talk']);
    const client = await connect('?token=ann');
    await client.settle();
    await renewed(client, []);
    expect((await client.next('unsubscribe_response')).data).toMatchObject({
      unsubscribed: ['news'],
      reason: 'PERMISSION_DENIED',
    });
    expect(subscriptions.channels().map(({ channel }) => channel)).toEqual(['open-talk']);
    expect((await client.subscribe('news')).data).toMatchObject({ failed: [{ code: 'PERMISSION_DENIED' }] });
  });

  it('that cannot be determined leave the session and its subscriptions as they are', async () => {
    const { connect, renewed, subscriptions } = await started();
    const client = await connect('?token=ann');
    await client.settle();
    expect((await renewed(client, new Error('bug'))).data).toMatchObject({
      success: false,
      error: { code: 'UNAVAILABLE' },
    });
    expect((await client.subscribe('news')).data).toMatchObject({ success: true });
    expect(subscriptions.channels()).toEqual([{ channel: 'news', subscribers: 1 }]);
  });
});

describe('a default channel that is revoked', () => {
  it('ends, and a later subscribe is asked for', async () => {
    const { connect, subscriptions, handler } = await started();
    const client = await connect('?token=ann');
    await client.settle();
    expect(await subscriptions.revoke('ann', 'news')).toBe(1);
    expect((await client.subscribe('news')).data).toMatchObject({ failed: [{ code: 'PERMISSION_DENIED' }] });
    expect(handler.asked).toEqual(['news']);
  });
});

describe('default channels that cannot be determined', () => {
  it.each([
    ['an exception', new Error('bug'), '5'],
    ['an outage', new AuthenticationUnavailableError(2000), '2'],
    ['an answer that is no list', { news: true }, '5'],
    ['a list with something else in it', [{ channel: 'news', since: { epoch: 'e', offset: 1 } }], '5'],
    ['more than 1,000 channels', Array.from({ length: 1001 }, (_none, at) => `c${at}`), '5'],
  ])('by %s refuse the handshake with 503, as an outage', async (_why, channels, retryAfter) => {
    const app = await started(channels);
    const { status, headers, body } = await refusalOf(app, '?token=ann');
    expect([status, headers['retry-after']]).toEqual([503, retryAfter]);
    expect(JSON.stringify(body)).toContain('UNAVAILABLE');
  });

  it('in time refuse the handshake with 504', async () => {
    const app = await started(['news'], { authTimeout: 100 });
    app.handler.latch.close();
    expect((await refusalOf(app, '?token=ann')).status).toBe(504);
    app.handler.latch.open();
  });

  it('close a connection that authenticates by a message with 1013', async () => {
    const { connect } = await started(new Error('bug'));
    const client = await connect();
    client.send({ type: 'auth', data: { token: 'ann' } });
    expect((await client.next('auth_response')).data).toMatchObject({ error: { code: 'UNAVAILABLE' } });
    expect(await client.closed).toMatchObject({ code: 1013 });
  });
});
