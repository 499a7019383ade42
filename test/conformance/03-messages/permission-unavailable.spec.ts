import { AuthenticationUnavailableError } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { startApp, TestAuthHandler } from '../../support/test-app.js';

/** An `AuthHandler` whose database of permissions can be away, for one action or for all. */
class StoredPermissions extends TestAuthHandler {
  away: 'nothing' | 'everything' | 'presence' = 'nothing';
  rejects = false;
  readonly revoked = new Set<string>();
  readonly source = { authHandler: { useFactory: () => this } };

  override checkPermission(_userId: string, channel: string, action = 'subscribe'): boolean | Promise<boolean> {
    const isAway = this.away === 'everything' || this.away === action;
    const outage = new AuthenticationUnavailableError(2500);
    if (isAway && this.rejects) return Promise.reject(outage);
    if (isAway) throw outage;
    return !this.revoked.has(`${action} ${channel}`);
  }
}

const channels = {
  '*': { history: { size: 10, ttl: 60_000 }, presence: true, joinLeave: true, clientPublish: true },
};
const unavailable = { code: 'UNAVAILABLE', details: { retry_after_ms: 2500 } };
const renewal = { type: 'auth', data: { token: 'token-alice' } };

async function alice(handler: StoredPermissions) {
  const app = await startApp({ ...handler.source, channels });
  return { ...app, client: await app.connect('?token=token-alice') };
}

describe.each(['throws', 'rejects'])('an AuthHandler that %s because it cannot check a permission', (how) => {
  const stored = (): StoredPermissions => Object.assign(new StoredPermissions(), { rejects: how === 'rejects' });

  it('makes a subscribe fail with UNAVAILABLE and a time to retry', async () => {
    const handler = stored();
    const { client, subscriptions, registry } = await alice(handler);
    handler.away = 'everything';
    const { data } = await client.subscribe('news');
    expect(data).toMatchObject({ success: false, subscribed: [], failed: [{ channel: 'news', ...unavailable }] });
    expect(subscriptions.subscriptionsOf(registry.ofUser('alice')[0]?.id ?? '')).toEqual([]);
    handler.away = 'nothing';
    expect((await client.subscribe('news')).data.success).toBe(true);
  });

  it('leaves a subscription in place that is requested again', async () => {
    const handler = stored();
    const { client, subscriptions } = await alice(handler);
    await client.subscribe('news');
    handler.away = 'everything';
    expect((await client.subscribe('news')).data).toMatchObject({ failed: [unavailable] });
    await subscriptions.broadcast('news', 'still here');
    expect((await client.next('event')).data).toBe('still here');
  });

  it('makes a subscribe with join_leave fail where only the permission presence cannot be checked', async () => {
    const handler = stored();
    const { client, subscriptions, registry } = await alice(handler);
    handler.away = 'presence';
    const request = { channel: 'news', join_leave: true };
    const { data } = await client.ask({ type: 'subscribe', data: { channels: [request] } });
    expect(data).toMatchObject({ success: false, failed: [{ channel: 'news', ...unavailable }] });
    expect(subscriptions.subscriptionsOf(registry.ofUser('alice')[0]?.id ?? '')).toEqual([]);
  });

  it.each([
    ['publish', { channel: 'news', data: 1 }],
    ['history', { channel: 'news' }],
    ['presence', { channel: 'news' }],
    ['presence_stats', { channel: 'news' }],
  ])('makes the request %s fail with UNAVAILABLE, and without effect', async (method, params) => {
    const handler = stored();
    const { client, subscriptions } = await alice(handler);
    handler.away = 'everything';
    expect((await client.request(method, params)).data).toMatchObject({ status: 'error', error: unavailable });
    expect((await subscriptions.history('news')).events).toEqual([]);
  });

  it('ends no subscription after a renewal, and logs that they are kept', async () => {
    const handler = stored();
    const { client, subscriptions, log } = await alice(handler);
    await client.next('auth_response');
    await client.subscribe('news');
    handler.away = 'everything';
    expect((await client.ask(renewal)).data).toMatchObject({ success: true });
    await client.settle();
    await subscriptions.broadcast('news', 'still here');
    expect((await client.next('event')).data).toBe('still here');
    expect(log.of('subscriptions kept: permissions could not be checked')).toHaveLength(1);
    expect(log.of('permission could not be checked')).toHaveLength(1);
    expect(log.of('permission check failed')).toEqual([]);
  });

  it('does not keep a subscription whose permission is denied at the same time', async () => {
    const handler = stored();
    const { client } = await alice(handler);
    await client.ask({ type: 'subscribe', data: { channels: ['old', { channel: 'kept', join_leave: true }] } });
    handler.away = 'presence';
    handler.revoked.add('subscribe old');
    client.send(renewal);
    const { data } = await client.next('unsubscribe_response');
    expect(data).toMatchObject({ unsubscribed: ['old'], reason: 'PERMISSION_DENIED' });
  });
});
