import { type SkreaverWsModuleOptions } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { eventValues } from '../../support/event-values.js';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { LatchedBackplane } from '../../support/latched-backplane.js';
import { startApp } from '../../support/test-app.js';

const kept = { 'kept*': { history: { size: 5000, ttl: 60_000 } } };
const denied = { code: 'PERMISSION_DENIED' };

const gated = async (options: SkreaverWsModuleOptions = {}) => {
  const auth = new LatchedAuthHandler();
  const backplane = new LatchedBackplane();
  const app = await startApp({ ...auth.source, ...backplane.source, channels: kept, ...options });
  const client = await app.connect('?token=token-alice');
  await client.next('auth_response');
  return { ...app, auth, backplane, client };
};

describe('a subscribe during a revoke', () => {
  it.each([['news'], [undefined]])('fails while its permission is being checked (revoked: %s)', async (revoked) => {
    const { auth, subscriptions, client } = await gated();
    auth.permissions.close();
    const answer = client.subscribe('news');
    await auth.permissions.reached();
    await subscriptions.revoke('alice', revoked);
    auth.permissions.open();
    expect((await answer).data).toMatchObject({
      success: false,
      subscribed: [],
      failed: [{ channel: 'news', ...denied }],
    });
    expect(await subscriptions.broadcast('news', 'secret')).toEqual({ delivered: 0 });
    await client.settle();
    expect(client.received.some(({ type }) => type === 'unsubscribe_response')).toBe(false);
  });

  it('succeeds for another channel', async () => {
    const { auth, subscriptions, client } = await gated();
    auth.permissions.close();
    const answer = client.subscribe('news', 'jobs');
    await auth.permissions.reached(2);
    await subscriptions.revoke('alice', 'news');
    auth.permissions.open();
    expect((await answer).data).toMatchObject({
      success: false,
      subscribed: ['jobs'],
      failed: [{ channel: 'news', ...denied }],
    });
  });

  it('succeeds for another user', async () => {
    const { auth, subscriptions, client } = await gated();
    auth.permissions.close();
    const answer = client.subscribe('news');
    await auth.permissions.reached();
    await subscriptions.revoke('bob');
    auth.permissions.open();
    expect((await answer).data.success).toBe(true);
  });

  it('ends in the middle of its recovery when it was answered before, and the client is told', async () => {
    const { subscriptions, client, backplane, connect } = await gated({ broadcastBufferSize: 20 });
    await (await connect('?token=token-bob')).subscribe('kept');
    const { epoch } = await subscriptions.broadcast('kept', 1);
    for (let value = 2; value <= 100; value += 1) await subscriptions.broadcast('kept', value);
    backplane.answering.close();
    const channels = [{ channel: 'kept', since: { epoch, offset: 0 } }];
    const answer = client.ask({ type: 'subscribe', data: { channels } });
    await backplane.answering.reached();
    // The first page comes, and with it the answer; the second one does not.
    backplane.answering.open();
    backplane.answering.close();
    expect((await answer).data).toMatchObject({ success: true, subscribed: ['kept'] });
    await backplane.answering.reached();
    expect(await subscriptions.revoke('alice', 'kept')).toBe(1);
    await subscriptions.broadcast('kept', 'secret');
    backplane.answering.open();
    expect((await client.next('unsubscribe_response')).data).toMatchObject({
      unsubscribed: ['kept'],
      reason: 'PERMISSION_DENIED',
    });
    await client.settle();
    const got = eventValues(client);
    expect(got).not.toContain('secret');
    expect(got).toEqual(Array.from({ length: got.length }, (_, at) => at + 1));
    expect(got).toHaveLength(10);
  });
});

describe('a revoke during the handshake of a connection', () => {
  it('does not affect its later subscribe', async () => {
    const { auth, subscriptions, connect } = await gated();
    auth.tokens.close();
    const opening = connect('?token=token-alice');
    await auth.tokens.reached();
    await subscriptions.revoke('alice');
    auth.tokens.open();
    const client = await opening;
    expect((await client.subscribe('news')).data.success).toBe(true);
  });
});
