import { CloseCode } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { eventValues } from '../../support/event-values.js';
import { startApp, testAuth } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

const alice = async (channels: readonly string[] = ['news', 'jobs'], connections = 1) => {
  const app = await startApp(testAuth);
  const clients: TestClient[] = [];
  for (let count = 0; count < connections; count += 1) {
    const client = await app.connect('?token=token-alice');
    await client.subscribe(...channels);
    clients.push(client);
  }
  return { ...app, clients, client: clients[0] as TestClient };
};

const unasked = (...unsubscribed: string[]) => ({
  type: 'unsubscribe_response',
  data: { success: true, unsubscribed, reason: 'PERMISSION_DENIED' },
});

describe('revoke', () => {
  it('of one channel ends it on every connection of the user, tells each, and leaves other channels', async () => {
    const { subscriptions, clients } = await alice(['news', 'jobs'], 2);
    expect(await subscriptions.revoke('alice', 'news')).toBe(2);
    expect(await subscriptions.broadcast('news', 'secret')).toEqual({ delivered: 0 });
    await subscriptions.broadcast('jobs', 'still here');
    for (const client of clients) {
      expect(await client.next('unsubscribe_response')).toEqual(unasked('news'));
      await client.next('event');
      expect(eventValues(client)).toEqual(['still here']);
    }
  });

  it('of all channels ends every subscription of the user, and of nobody else', async () => {
    const { subscriptions, client, connect } = await alice();
    const bob = await connect('?token=token-bob');
    await bob.subscribe('news');
    expect(await subscriptions.revoke('alice')).toBe(1);
    expect(await client.next('unsubscribe_response')).toEqual(unasked('news', 'jobs'));
    expect(subscriptions.channels()).toEqual([{ channel: 'news', subscribers: 1 }]);
    await subscriptions.broadcast('news', 1);
    expect((await bob.next('event')).data).toBe(1);
    await client.settle();
    expect(eventValues(client)).toEqual([]);
    await bob.settle();
    expect(bob.received.some(({ type }) => type === 'unsubscribe_response')).toBe(false);
  });

  it('delivers what was published before it, and keeps the connection', async () => {
    const { subscriptions, client } = await alice(['news']);
    const published = [subscriptions.broadcast('news', 1), subscriptions.broadcast('news', 2)];
    await subscriptions.revoke('alice');
    await Promise.all(published);
    await client.settle();
    expect(client.received.map(({ type }) => type).slice(2)).toEqual([
      'event',
      'event',
      'unsubscribe_response',
      'pong',
    ]);
  });

  it('does not ban: the AuthHandler decides about a later subscribe', async () => {
    const { subscriptions, client } = await alice(['private-alice']);
    await subscriptions.revoke('alice', 'private-alice');
    expect((await client.subscribe('private-alice')).data).toEqual({ success: true, subscribed: ['private-alice'] });
    expect(await subscriptions.broadcast('private-alice', 1)).toEqual({ delivered: 1 });
  });

  it('sends nothing where the user has no such subscription, and rejects an invalid name', async () => {
    const { subscriptions, client } = await alice(['news']);
    expect(await subscriptions.revoke('alice', 'jobs')).toBe(0);
    expect(await subscriptions.revoke('nobody')).toBe(0);
    await client.settle();
    expect(client.received.some(({ type }) => type === 'unsubscribe_response')).toBe(false);
    await expect(subscriptions.revoke('alice', 'no good')).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
  });

  it('removes the user from the presence of the channel', async () => {
    const app = await startApp({ ...testAuth, channels: { news: { presence: true } }, presenceLeaveDelay: 0 });
    const client = await app.connect('?token=token-alice');
    await client.subscribe('news');
    await app.subscriptions.revoke('alice');
    await client.next('unsubscribe_response');
    expect(await app.subscriptions.presence('news')).toEqual({ members: [] });
  });

  it('names many channels in messages of at most 100', async () => {
    const app = await startApp({ ...testAuth, maxSubscriptionsPerConnection: 250 });
    const client = await app.connect('?token=token-alice');
    const channels = Array.from({ length: 250 }, (_, at) => `channel-${at}`);
    await client.subscribe(...channels);
    await app.subscriptions.revoke('alice');
    await client.settle();
    const told = client.received.flatMap((message) =>
      message.type === 'unsubscribe_response' ? [message.data.unsubscribed] : [],
    );
    expect(told.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(told.flat()).toEqual(channels);
  });
});

describe('disconnectUser', () => {
  it('closes every connection of the user with 4505, and resolves with their number', async () => {
    const { subscriptions, clients, connect, registry } = await alice([], 2);
    const bob = await connect('?token=token-bob');
    expect(await subscriptions.disconnectUser('alice')).toBe(2);
    for (const client of clients) expect(await client.closed).toEqual({ code: 4505, reason: 'FORCED_DISCONNECT' });
    expect(registry.ofUser('alice')).toEqual([]);
    await bob.settle();
    expect(await subscriptions.disconnectUser('nobody')).toBe(0);
  });

  it('closes with the code that it is given', async () => {
    const { subscriptions, client } = await alice([]);
    await subscriptions.disconnectUser('alice', CloseCode.PermissionDenied);
    expect(await client.closed).toEqual({ code: 4502, reason: 'PERMISSION_DENIED' });
    await expect(subscriptions.disconnectUser('alice', 1006 as CloseCode)).rejects.toMatchObject({
      code: 'INVALID_PARAMS',
    });
  });

  it('delivers nothing to the user that is published later', async () => {
    const { subscriptions, client } = await alice(['news']);
    await subscriptions.disconnectUser('alice');
    expect(await subscriptions.broadcast('news', 1)).toEqual({ delivered: 0 });
    expect(await subscriptions.sendToUser('alice', 2)).toEqual({ delivered: 0 });
    await client.closed;
    expect(eventValues(client)).toEqual([]);
  });
});
