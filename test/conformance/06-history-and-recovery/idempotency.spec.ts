import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { eventsOf, range, subscribe } from '../../support/recover.js';
import { startApp, testAuth } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

const OPTIONS = {
  channels: {
    kept: { history: { size: 100, ttl: 60_000 }, clientPublish: true },
    plain: { clientPublish: true },
  },
} as const;

/** Keys forgotten before their time, as Prometheus reads it. */
async function forgotten(): Promise<number> {
  const metric = await register.getSingleMetric('websocket_idempotency_keys_forgotten_total')?.get();
  return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
}

describe('publish with an idempotency_key', () => {
  it('publishes once, and answers the second time with the first position and duplicate', async () => {
    const app = await startApp(OPTIONS);
    const [client, reader] = [await app.connect(), await app.connect()];
    await subscribe(reader, 'kept');
    const params = { channel: 'kept', data: 1, idempotency_key: 'k-1' };
    const first = await client.request('publish', params);
    expect(first.data).toEqual({
      status: 'success',
      result: { delivered: 1, epoch: expect.any(String), offset: 1 },
    });
    await client.request('publish', { channel: 'kept', data: 2 });
    const again = await client.request('publish', { ...params, data: 'other' });
    const { epoch } = (first.data as { result: { epoch: string } }).result;
    expect(again.data).toEqual({ status: 'success', result: { delivered: 0, epoch, offset: 1, duplicate: true } });
    await reader.settle();
    expect(eventsOf(reader)).toEqual([1, 2]);
  });

  it('publishes once in a channel without history too', async () => {
    const app = await startApp(OPTIONS);
    const client = await app.connect();
    await subscribe(client, 'plain');
    const params = { channel: 'plain', data: 1, idempotency_key: 'k-1' };
    expect((await client.request('publish', params)).data).toMatchObject({ result: { delivered: 1 } });
    expect((await client.request('publish', params)).data).toMatchObject({ result: { delivered: 0, duplicate: true } });
    expect(eventsOf(client, 'plain')).toEqual([1]);
  });

  it('is a duplicate within its channel, and for its user on any connection', async () => {
    const app = await startApp({ ...OPTIONS, ...testAuth });
    const publish = async (user: string, channel: string) => {
      const client = await app.connect(`?token=token-${user}`);
      const { data } = await client.request('publish', { channel, data: user, idempotency_key: 'k' });
      return (data as { result: { duplicate?: boolean } }).result.duplicate ?? false;
    };
    expect(await publish('ann', 'kept')).toBe(false);
    expect(await publish('ann', 'plain')).toBe(false);
    expect(await publish('bob', 'kept')).toBe(false);
    expect(await publish('ann', 'kept')).toBe(true);
    expect(await app.subscriptions.broadcast('kept', 0, { idempotencyKey: 'k' })).not.toHaveProperty('duplicate');
  });

  it('of an anonymous client is no duplicate for the application or another client', async () => {
    const app = await startApp(OPTIONS);
    const [client, other] = [await app.connect(), await app.connect()];
    const params = { channel: 'kept', data: 1, idempotency_key: 'task-1' };
    expect((await client.request('publish', params)).data).toMatchObject({ result: { offset: 1 } });
    expect(await app.subscriptions.broadcast('kept', 2, { idempotencyKey: 'task-1' })).toMatchObject({ offset: 2 });
    expect((await other.request('publish', params)).data).toMatchObject({ result: { offset: 3 } });
    const again = await client.request('publish', params);
    expect(again.data).toMatchObject({ result: { offset: 1, duplicate: true } });
  });

  it('of the application is remembered though a client exceeds idempotencyMaxKeys, which is counted and logged', async () => {
    const app = await startApp({ ...OPTIONS, ...testAuth, idempotencyMaxKeys: 10 });
    const [ann, bob] = [await app.connect('?token=token-ann'), await app.connect('?token=token-bob')];
    const publish = (client: TestClient, key: string) =>
      client.request('publish', { channel: 'plain', data: 1, idempotency_key: key });
    const before = await forgotten();
    await app.subscriptions.broadcast('plain', 1, { idempotencyKey: 'k' });
    await publish(bob, 'k');
    for (const at of range(1, 30)) await publish(ann, `k-${at}`);
    expect(await app.subscriptions.broadcast('plain', 1, { idempotencyKey: 'k' })).toHaveProperty('duplicate', true);
    expect((await publish(bob, 'k')).data).toMatchObject({ result: { duplicate: true } });
    expect((await publish(ann, 'k-30')).data).toMatchObject({ result: { duplicate: true } });
    expect((await publish(ann, 'k-1')).data).not.toMatchObject({ result: { duplicate: true } });
    expect((await forgotten()) - before).toBe(22);
    expect(app.log.text()).toContain('idempotency key of client forgotten before its time');
  });

  it.each(['', 'k'.repeat(129), 7, null, {}])('refuses the key %j', async (key) => {
    const client = await (await startApp(OPTIONS)).connect();
    const { data } = await client.request('publish', { channel: 'kept', data: 1, idempotency_key: key });
    expect(data).toMatchObject({ status: 'error', error: { code: 'INVALID_PARAMS' } });
  });

  it('accepts a key of 128 characters', async () => {
    const app = await startApp({ ...OPTIONS, ...testAuth });
    const client = await app.connect('?token=token-ann');
    const params = { channel: 'kept', data: 1, idempotency_key: '😀'.repeat(64) };
    expect((await client.request('publish', params)).data).toMatchObject({ result: { offset: 1 } });
  });
});

describe('SubscriptionService', () => {
  it('publishes once under one key', async () => {
    const { subscriptions } = await startApp(OPTIONS);
    const first = await subscriptions.broadcast('kept', 1, { idempotencyKey: 'k' });
    expect(await subscriptions.broadcast('kept', 1, { idempotencyKey: 'k' })).toEqual({ ...first, duplicate: true });
    await expect(subscriptions.broadcast('kept', 1, { idempotencyKey: '' })).rejects.toMatchObject({
      code: 'INVALID_PARAMS',
    });
  });

  it('publishes several in order, and returns for each a receipt or an error', async () => {
    const app = await startApp(OPTIONS);
    const client = await app.connect();
    await subscribe(client, 'kept', 'plain');
    const results = await app.subscriptions.broadcastMany([
      { channel: 'kept', data: 1, idempotencyKey: 'k' },
      { channel: 'no name', data: 2 },
      { channel: 'plain', data: 3 },
      { channel: 'kept', data: 4, idempotencyKey: 'k' },
      { channel: 'kept', data: 5n },
      { channel: 'kept', data: 6 },
    ]);
    await client.settle();
    const epoch = expect.any(String) as string;
    expect(results).toEqual([
      { delivered: 1, epoch, offset: 1 },
      { error: expect.objectContaining({ code: 'INVALID_CHANNEL' }) },
      { delivered: 1 },
      { delivered: 0, epoch, offset: 1, duplicate: true },
      { error: expect.objectContaining({ code: 'INVALID_PARAMS' }) },
      { delivered: 1, epoch, offset: 2 },
    ]);
    const got = client.received.flatMap((message) => (message.type === 'event' ? [message.data] : []));
    expect(got).toEqual([1, 3, 6]);
  });
});
