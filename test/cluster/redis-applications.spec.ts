import { describe, expect, it, vi } from 'vitest';
import { redisBackplane } from '../../libs/redis/src/index.js';
import { EngineProxy } from '../support/engine-proxy.js';
import { RedisServer } from '../support/redis-server.js';
import { startApp, testAuth } from '../support/test-app.js';

const channels = { chat: { history: { size: 1000, ttl: 600_000 } }, room: { presence: true } };

/** An application with a proxy of its own before Redis. */
async function appOn(redis: RedisServer) {
  const proxy = await EngineProxy.start(redis.port);
  const app = await startApp({
    ...testAuth,
    backplane: redisBackplane({ url: proxy.url }),
    channels,
    presenceLeaveDelay: 100,
  });
  const publish = (data: unknown) => app.subscriptions.broadcast('chat', data);
  return { app, proxy, publish };
}

describe('two applications on one Redis', () => {
  it('tell every subscriber of a failover that loses the tail', async () => {
    const primary = await RedisServer.start();
    const replication = await EngineProxy.start(primary.port);
    const replica = await RedisServer.replicaOf(replication.port);
    const [one, other] = [await appOn(primary), await appOn(primary)];
    const clients = [await one.app.connect('?token=token-ann'), await other.app.connect('?token=token-bob')];
    for (const client of clients) await client.subscribe('chat');
    await one.publish('kept');
    await vi.waitUntil(async () => (await replica.send('KEYS', '*:h:chat')).includes('h:chat'), { timeout: 20_000 });
    replication.isSilent = true;
    const lost = await other.publish('lost');
    for (const client of clients) {
      expect((await client.next('event')).data).toBe('kept');
      expect((await client.next('event')).data).toBe('lost');
    }
    await primary.kill();
    await replica.send('REPLICAOF', 'NO', 'ONE');
    for (const { proxy } of [one, other]) {
      proxy.target = replica.port;
      proxy.cut();
    }
    for (const client of clients) {
      const notice = await client.next('subscribe_response');
      const position = notice.data.positions?.['chat'];
      expect(position).toMatchObject({ recovered: false });
      expect(position?.epoch).not.toBe(lost.epoch);
    }
    await one.publish('after');
    for (const client of clients) expect((await client.next('event')).data).toBe('after');
  });

  it('deliver once each and in order what is published while a connection is cut again and again', async () => {
    const redis = await RedisServer.start();
    const [one, other] = [await appOn(redis), await appOn(redis)];
    const client = await other.app.connect('?token=token-ann');
    await client.subscribe('chat');
    for (let number = 0; number < 300; number += 1) {
      if (number % 60 === 30) other.proxy.cut();
      await one.publish(number);
    }
    for (let number = 0; number < 300; number += 1) expect((await client.next('event')).data).toBe(number);
    expect(client.received.filter(({ type }) => type === 'subscribe_response')).toHaveLength(1);
  });

  it('deliver what was published while one of them was cut off, though nothing follows', async () => {
    const redis = await RedisServer.start();
    const [one, other] = [await appOn(redis), await appOn(redis)];
    const client = await other.app.connect('?token=token-ann');
    await client.subscribe('chat');
    other.proxy.refuse();
    await one.publish('missed');
    other.proxy.accept();
    expect((await client.next('event')).data).toBe('missed');
  });

  it('withdraw a question that was answered on the other, and one whose time is over', async () => {
    const redis = await RedisServer.start();
    const [one, other] = [await appOn(redis), await appOn(redis)];
    const [phone, laptop] = [await one.app.connect('?token=token-ann'), await other.app.connect('?token=token-ann')];
    const answer = one.app.subscriptions.ask({ user: 'ann' }, 'ready?');
    const { correlation_id } = await phone.next('event');
    await laptop.next('event');
    laptop.send({ type: 'ack', correlation_id, data: 'yes' });
    expect(await answer).toBe('yes');
    expect(await phone.next('event')).toMatchObject({ correlation_id, metadata: { kind: 'withdrawn' } });
    const late = one.app.subscriptions.ask({ user: 'ann' }, 'and now?', { timeout: 500 });
    await expect(late).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    for (const client of [phone, laptop]) {
      const { correlation_id: id } = await client.next('event');
      expect(await client.next('event')).toMatchObject({ correlation_id: id, metadata: { kind: 'withdrawn' } });
    }
  });

  it('show the members of both, and let those of one leave that is gone without a word', async () => {
    const redis = await RedisServer.start();
    const [one, other] = [await appOn(redis), await appOn(redis)];
    const clients = [await one.app.connect('?token=token-ann'), await other.app.connect('?token=token-bob')];
    for (const client of clients) await client.subscribe('room');
    const users = async (): Promise<string> => {
      const { members } = await one.app.subscriptions.presence('room');
      return members.map(({ userId }) => userId).join();
    };
    await vi.waitUntil(async () => (await users()) === 'ann,bob', { timeout: 20_000 });
    other.proxy.refuse();
    await vi.waitUntil(async () => (await users()) === 'ann', { timeout: 20_000, interval: 100 });
    other.proxy.accept();
    await vi.waitUntil(async () => (await users()) === 'ann,bob', { timeout: 20_000, interval: 100 });
  });
});
