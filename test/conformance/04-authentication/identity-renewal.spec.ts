import { AuthHandler, type ChannelAction, type Identity } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { eventValues } from '../../support/event-values.js';
import { Latch } from '../../support/latch.js';
import { startApp } from '../../support/test-app.js';

/** A token is `user:channel,channel`: the channels that the user may subscribe to since it was last taken. */
class GrantHandler extends AuthHandler {
  readonly permissions = new Latch();
  isBroken = false;
  private readonly grants = new Map<string, readonly string[]>();

  override authenticate(token: string): Identity {
    const [userId = '', grant = ''] = token.split(':');
    this.grants.set(userId, grant.split(','));
    return { userId };
  }

  override async checkPermission(userId: string, channel: string, action: ChannelAction): Promise<boolean> {
    if (this.isBroken) throw new Error('the rights cannot be looked up');
    const wanted = action === 'presence' ? `${channel}-members` : channel;
    const allowed = this.grants.get(userId)?.includes(wanted) === true;
    await this.permissions.wait();
    return allowed;
  }
}

const start = async (token: string) => {
  const handler = new GrantHandler();
  const channels = { 'room*': { presence: true, joinLeave: true }, open: { clientPublish: true } };
  const app = await startApp({ authHandler: { useFactory: (): AuthHandler => handler }, channels });
  const client = await app.connect(`?token=${token}`);
  const renew = (renewed: string) => client.ask({ type: 'auth', data: { token: renewed } });
  return { ...app, handler, client, renew };
};

const unasked = (...unsubscribed: string[]) => ({
  type: 'unsubscribe_response',
  data: { success: true, unsubscribed, reason: 'PERMISSION_DENIED' },
});

describe('a token that is renewed', () => {
  it('ends the subscriptions that it no longer allows, and keeps the others', async () => {
    const { client, renew, subscriptions } = await start('ann:news,jobs,talk');
    await client.subscribe('news', 'jobs', 'talk');
    expect((await renew('ann:jobs')).data).toMatchObject({ success: true, user_id: 'ann' });
    expect(await client.next('unsubscribe_response')).toEqual(unasked('news', 'talk'));
    expect(subscriptions.channels()).toEqual([{ channel: 'jobs', subscribers: 1 }]);
    await subscriptions.broadcast('news', 'secret');
    await subscriptions.broadcast('jobs', 'still here');
    await client.next('event');
    expect(eventValues(client)).toEqual(['still here']);
  });

  it('is answered before the client is told which subscriptions ended', async () => {
    const { client, renew } = await start('ann:news');
    await client.subscribe('news');
    await renew('ann:');
    await client.next('unsubscribe_response');
    expect(client.received.map(({ type }) => type)).toEqual([
      'auth_response',
      'subscribe_response',
      'auth_response',
      'unsubscribe_response',
    ]);
  });

  it('sends no unsubscribe_response when it allows as much as the old one', async () => {
    const { client, renew, subscriptions } = await start('ann:news');
    await client.subscribe('news');
    await renew('ann:news,jobs');
    await client.settle();
    expect(client.received.some(({ type }) => type === 'unsubscribe_response')).toBe(false);
    expect(await subscriptions.broadcast('news', 1)).toEqual({ delivered: 1 });
  });

  it('holds the next message until its permissions are known', async () => {
    const { client, handler, renew } = await start('ann:news');
    await client.subscribe('news');
    handler.permissions.close();
    await renew('ann:');
    client.send({ type: 'request', data: { method: 'subscriptions' }, correlation_id: 'held' });
    await handler.permissions.reached();
    handler.permissions.open();
    expect((await client.next('response')).data).toEqual({ status: 'success', result: { channels: [] } });
  });

  it('ends a subscribe of the application that the old token was still being checked for', async () => {
    const { client, handler, renew, registry, subscriptions } = await start('ann:news');
    await client.next('auth_response');
    handler.permissions.close();
    const subscribed = subscriptions.subscribe(registry.list()[0]?.id ?? '', ['news']);
    await handler.permissions.reached();
    await renew('ann:');
    handler.permissions.open();
    await subscribed;
    await client.settle();
    expect(subscriptions.channels()).toEqual([]);
  });

  it('ends every subscription whose permission cannot be looked up', async () => {
    const { client, handler, renew, subscriptions } = await start('ann:news');
    await client.subscribe('news');
    handler.isBroken = true;
    await renew('ann:news');
    expect(await client.next('unsubscribe_response')).toEqual(unasked('news'));
    expect(subscriptions.channels()).toEqual([]);
  });

  it('ends a subscription with join_leave when it no longer allows presence', async () => {
    const { client, renew, subscriptions } = await start('ann:room-1,room-1-members,room-2');
    const channels = [{ channel: 'room-1', join_leave: true }, 'room-2'];
    expect((await client.ask({ type: 'subscribe', data: { channels } })).data).toMatchObject({ success: true });
    await renew('ann:room-1,room-2');
    expect(await client.next('unsubscribe_response')).toEqual(unasked('room-1'));
    expect(subscriptions.channels()).toEqual([{ channel: 'room-2', subscribers: 1 }]);
  });

  it('changes nothing for other connections of the user until they renew theirs', async () => {
    const { client, connect, renew, subscriptions } = await start('ann:news');
    const other = await connect('?token=ann:news');
    for (const each of [client, other]) await each.subscribe('news');
    await renew('ann:');
    await client.next('unsubscribe_response');
    expect(await subscriptions.broadcast('news', 1)).toEqual({ delivered: 1 });
    expect((await other.next('event')).data).toBe(1);
  });

  it('changes nothing when it is refused', async () => {
    const { client, renew, subscriptions } = await start('ann:news');
    await client.subscribe('news');
    expect((await renew('bob:news')).data).toMatchObject({ success: false });
    expect(await subscriptions.broadcast('news', 1)).toEqual({ delivered: 1 });
  });
});
