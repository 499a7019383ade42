import { describe, expect, it } from 'vitest';
import { LatchedBackplane } from '../../support/latched-backplane.js';
import { KEPT } from '../../support/recover.js';
import { startApp, testAuth } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

const started = async (connections = 1) => {
  const app = await startApp({ ...KEPT, ...testAuth });
  const clients: TestClient[] = [];
  for (let count = 0; count < connections; count += 1) clients.push(await app.connect('?token=token-alice'));
  const ids = app.registry.list().map(({ id }) => id);
  for (const client of clients) await client.next('auth_response');
  return { ...app, clients, client: clients[0] as TestClient, id: ids[0] as string };
};

const typesOf = (client: TestClient) => client.received.map(({ type }) => type);

describe('a subscription that the server begins', () => {
  it('is told by a subscribe_response without a correlation_id, with the positions, before the first event', async () => {
    const { subscriptions, client, id } = await started();
    const { epoch } = await subscriptions.broadcast('kept', 'before');
    await Promise.all([subscriptions.subscribe(id, ['kept', 'plain']), subscriptions.broadcast('kept', 'meanwhile')]);
    await subscriptions.broadcast('kept', 'after');
    await client.next('event');
    const answer = client.received[1];
    expect(answer).toMatchObject({
      type: 'subscribe_response',
      data: { success: true, subscribed: ['kept', 'plain'], positions: { kept: { epoch, recovered: false } } },
    });
    expect(answer).not.toHaveProperty('correlation_id');
    expect(answer).not.toHaveProperty('data.positions.plain');
  });

  it('is told with the recovered events after it, where it recovers', async () => {
    const { subscriptions, client, id } = await started();
    const { epoch = '' } = await subscriptions.broadcast('kept', 1);
    await subscriptions.subscribe(id, [{ channel: 'kept', since: { epoch, offset: 0 } }]);
    await client.settle();
    expect(client.received.slice(1)).toMatchObject([
      { type: 'subscribe_response', data: { positions: { kept: { epoch, offset: 1, recovered: true } } } },
      { type: 'event', data: 1 },
      { type: 'pong' },
    ]);
  });

  it('names the channels that failed, and none that the client is subscribed to already', async () => {
    const { subscriptions, client, id } = await started();
    await client.subscribe('mine');
    await subscriptions.subscribe(id, ['mine', 'new', 'private-bob']);
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'subscribe_response')).toEqual([
      expect.anything(),
      {
        type: 'subscribe_response',
        data: {
          success: false,
          subscribed: ['new'],
          failed: [{ channel: 'private-bob', code: 'PERMISSION_DENIED', message: expect.any(String) }],
        },
      },
    ]);
  });

  it('is not told where the client is subscribed to all of its channels already', async () => {
    const { subscriptions, client, id } = await started();
    await client.subscribe('kept', 'plain');
    expect((await subscriptions.subscribe(id, ['kept', 'plain'])).subscribed).toEqual(['kept', 'plain']);
    await client.settle();
    expect(typesOf(client)).toEqual(['auth_response', 'subscribe_response', 'pong']);
  });

  it('is told before the answer to a message that the client sent after it', async () => {
    const { subscriptions, client, id } = await started();
    const done = subscriptions.subscribe(id, ['news']);
    expect(await client.subscribe('news')).toMatchObject({ data: { success: true, subscribed: ['news'] } });
    await done;
    expect(client.received.map(({ correlation_id }) => correlation_id === undefined)).toEqual([true, true, false]);
  });
});

describe('a subscription that the server ends', () => {
  it('is told by an unsubscribe_response without a correlation_id and without a reason, and the client may return', async () => {
    const { subscriptions, client, id } = await started();
    await client.subscribe('news', 'jobs');
    expect(await subscriptions.unsubscribe(id, ['news', 'never'])).toEqual({
      unsubscribed: ['news', 'never'],
      failed: [],
    });
    expect(await client.next('unsubscribe_response')).toEqual({
      type: 'unsubscribe_response',
      data: { success: true, unsubscribed: ['news'] },
    });
    expect(await subscriptions.broadcast('news', 1)).toEqual({ delivered: 0 });
    expect(await client.subscribe('news')).toMatchObject({ data: { success: true } });
  });

  it('is not told where the client was not subscribed', async () => {
    const { subscriptions, client, id } = await started();
    void subscriptions.unsubscribe(id, ['news']);
    await client.settle();
    expect(typesOf(client)).toEqual(['auth_response', 'pong']);
  });
});

describe('subscribing a user', () => {
  it('subscribes all of its connections, tells each, and no connection that opens later', async () => {
    const { subscriptions, clients, connect } = await started(2);
    const bob = await connect('?token=token-bob');
    expect(await subscriptions.subscribeUser('alice', ['news'])).toBe(2);
    const later = await connect('?token=token-alice');
    for (const client of clients)
      expect(await client.next('subscribe_response')).toMatchObject({ data: { subscribed: ['news'] } });
    expect(await subscriptions.broadcast('news', 1)).toEqual({ delivered: 2 });
    for (const other of [bob, later]) {
      await other.settle();
      expect(typesOf(other)).toEqual(['auth_response', 'pong']);
    }
  });

  it('counts the connections that are subscribed to all of the channels', async () => {
    const { subscriptions } = await started(2);
    expect(await subscriptions.subscribeUser('alice', ['news', 'private-bob'])).toBe(0);
    expect(await subscriptions.subscribeUser('alice', ['news'])).toBe(2);
    expect(await subscriptions.subscribeUser('nobody', ['news'])).toBe(0);
  });

  it('is undone by unsubscribing the user, which counts the connections that were subscribed', async () => {
    const { subscriptions, clients } = await started(2);
    await subscriptions.subscribeUser('alice', ['news', 'jobs']);
    expect(await subscriptions.unsubscribeUser('alice', ['news'])).toBe(2);
    expect(await subscriptions.unsubscribeUser('alice', ['news'])).toBe(0);
    for (const client of clients) {
      expect((await client.next('unsubscribe_response')).data).toEqual({ success: true, unsubscribed: ['news'] });
    }
    expect(subscriptions.channels()).toEqual([{ channel: 'jobs', subscribers: 2 }]);
  });

  it('is refused for an invalid name, before any connection is touched', async () => {
    const { subscriptions } = await started();
    await expect(subscriptions.subscribeUser('alice', ['news', 'no good'])).rejects.toMatchObject({
      code: 'INVALID_CHANNEL',
    });
    await expect(subscriptions.unsubscribeUser('alice', ['no good'])).rejects.toMatchObject({
      code: 'INVALID_CHANNEL',
    });
    expect(subscriptions.channels()).toEqual([]);
  });

  it('fails on connections whose channels were still being opened when the user was unsubscribed', async () => {
    const backplane = new LatchedBackplane();
    const { subscriptions, connect } = await startApp({ ...testAuth, ...backplane.source });
    const client = await connect('?token=token-alice');
    await client.next('auth_response');
    backplane.opening.close();
    const done = subscriptions.subscribeUser('alice', ['news']);
    await backplane.opening.reached();
    await subscriptions.unsubscribeUser('alice', ['news']);
    backplane.opening.open();
    expect(await done).toBe(0);
    expect(await client.next('subscribe_response')).toMatchObject({
      data: { failed: [{ code: 'REQUEST_CANCELLED' }] },
    });
    expect(subscriptions.channels()).toEqual([]);
  });
});
