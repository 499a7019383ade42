import { setTimeout as delay } from 'node:timers/promises';
import { BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import { RedisBackplane } from '../../libs/redis/src/index.js';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RecordingNode } from '../contract/recording-node.js';
import { EngineProxy } from '../support/engine-proxy.js';
import { RedisServer } from '../support/redis-server.js';
import { Member, eventually, publication } from './redis-member.js';

async function outcomeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof BackplaneUnavailableError ? error.outcome : `no outage: ${String(error)}`;
}

describe('a connection to Redis that is cut', () => {
  it('comes back, and publications arrive again; the node is told of both', async () => {
    const redis = await RedisServer.start();
    const [cut, other] = [await Member.join(redis, 'chat'), await Member.join(redis)];
    cut.proxy.cut();
    await eventually(() => cut.node.link.length === 2);
    expect(cut.node.link).toEqual(['interrupted', 'restored: memory kept']);
    expect(cut.isLive).toBe(true);
    expect(await other.backplane.publish(publication('1'))).toMatchObject({ nodes: 1, position: { offset: 1 } });
    expect(await cut.node.got('chat', 1)).toHaveLength(1);
    expect(other.node.link).toEqual([]);
  });

  it('does not make a publication with an idempotency key happen twice, or be lost', async () => {
    const redis = await RedisServer.start();
    const { proxy, backplane, node } = await Member.join(redis, 'chat');
    proxy.isSilent = true;
    const published = backplane.publish(publication('1', { idempotencyKey: 'k' }));
    await vi.waitUntil(async () => (await redis.send('KEYS', '*:h:chat')).includes('h:chat'), { timeout: 20_000 });
    proxy.isSilent = false;
    proxy.cut();
    expect(await published).toMatchObject({ position: { offset: 1 } });
    expect(await published).not.toHaveProperty('duplicate');
    expect((await backplane.history('chat', { limit: 10 })).publications).toHaveLength(1);
    expect(node.link).toContain('interrupted');
  });
});

describe('a connection to Redis that is back', () => {
  it('has all channels again when the node is told that it is back', async () => {
    const redis = await RedisServer.start();
    const channels = Array.from({ length: 3000 }, (_, at) => `news${at}`);
    const { proxy, node } = await Member.join(redis, ...channels);
    proxy.latency = () => 30;
    proxy.cut();
    await eventually(() => node.link.length === 2);
    expect(await redis.send('PUBSUB', 'CHANNELS', '*:c:news2999')).toContain('news2999');
  });

  it('reads what the node has missed for a client that comes back from where the node was', async () => {
    const redis = await RedisServer.start();
    const [lost, other] = [await Member.join(redis, 'chat'), await Member.join(redis)];
    await other.backplane.publish(publication('1'));
    const [seen] = await lost.node.got('chat', 1);
    lost.proxy.refuse();
    await eventually(() => !lost.isLive);
    await other.backplane.publish(publication('2'));
    lost.proxy.accept();
    await eventually(() => lost.isLive);
    await lost.backplane.positions(new Map([['chat', seen?.position]]));
    const page = await lost.backplane.history('chat', { after: 1, limit: 10, seen: true });
    expect(page.publications.map(({ dataJson }) => dataJson)).toEqual(['2']);
  });
});

describe('a publication whose answer was lost', () => {
  it('is unknown without an idempotency key, and does not happen twice', async () => {
    const redis = await RedisServer.start();
    const { proxy, backplane } = await Member.join(redis, 'chat');
    proxy.isSilent = true;
    const outcome = outcomeOf(backplane.publish(publication('1')));
    await vi.waitUntil(async () => (await redis.send('KEYS', '*:h:chat')).includes('h:chat'), { timeout: 20_000 });
    proxy.isSilent = false;
    proxy.cut();
    expect(await outcome).toBe('unknown');
    await eventually(() => backplane.health.state === 'live');
    expect((await backplane.history('chat', { limit: 10 })).publications).toHaveLength(1);
  });
});

describe('a Redis that does not answer', () => {
  it('has what was under way end as unknown within 4 s, and what comes then as not done at once', async () => {
    const redis = await RedisServer.start();
    const { backplane, node } = await Member.join(redis, 'chat');
    redis.pause();
    const begun = performance.now();
    expect(await outcomeOf(backplane.publish(publication('1')))).toBe('unknown');
    expect(performance.now() - begun).toBeLessThan(4000);
    expect(backplane.health).toMatchObject({ state: 'degraded', reason: expect.stringMatching(/^Redis .*\.$/) });
    expect(await outcomeOf(backplane.publish(publication('2')))).toBe('not_done');
    expect([...(await backplane.open(['news'])).keys()]).toEqual(['news']);
    redis.resume();
    await eventually(() => node.link.length === 2);
    await backplane.publish(publication('3'));
    const kept = (await backplane.history('chat', { limit: 10 })).publications.map(({ dataJson }) => dataJson);
    expect(['3', '1,3']).toContain(kept.join());
  });

  it('is found without any traffic, by the message that the node sends itself', async () => {
    const redis = await RedisServer.start();
    const { backplane, proxy, node } = await Member.join(redis, 'chat');
    proxy.isSilent = true;
    await eventually(() => backplane.health.state === 'degraded', 5000);
    proxy.isSilent = false;
    await eventually(() => node.link.length === 2);
  });

  it('keeps serving recoveries of what this node has seen', async () => {
    const redis = await RedisServer.start();
    const { backplane, node } = await Member.join(redis, 'chat');
    for (const dataJson of ['1', '2', '3']) await backplane.publish(publication(dataJson));
    const seen = await node.got('chat', 3);
    await redis.kill();
    await eventually(() => backplane.health.state === 'degraded');
    const page = await backplane.history('chat', { after: 1, limit: 10, seen: true });
    expect(page.publications.map(({ dataJson }) => dataJson)).toEqual(['2', '3']);
    expect(page.top).toEqual(seen[2]?.position);
    expect(await outcomeOf(backplane.history('chat', { after: 1, limit: 10 }))).toBe('not_done');
  });
});

describe('a storm of clients that come back', () => {
  it('reads Redis a few times, and not once for each client', async () => {
    const redis = await RedisServer.start();
    const { backplane } = await Member.join(redis);
    for (let number = 1; number <= 600; number += 1) {
      await backplane.publish(publication(`${number}`, { history: { size: 1000, ttl: 600_000 } }));
    }
    await backplane.open(['chat']);
    await redis.send('CONFIG', 'RESETSTAT');
    const recoveries = Array.from({ length: 10_000 }, (_, client) => {
      const after = client % 600;
      return backplane.history('chat', { after, limit: 500, seen: true }).then((page) => ({ after, page }));
    });
    for (const { after, page } of await Promise.all(recoveries)) {
      const offsets = page.publications.map(({ position }) => position.offset);
      expect([offsets[0], offsets.at(-1)]).toEqual([after + 1, Math.min(600, after + 500)]);
    }
    const reads = /cmdstat_xrange:calls=(\d+)/.exec(await redis.send('INFO', 'commandstats'))?.[1];
    expect(Number(reads)).toBeLessThanOrEqual(5);
  });
});

describe('a failover', () => {
  it('that loses the tail begins another epoch, so that nobody recovers over the hole', async () => {
    const primary = await RedisServer.start();
    const replication = await EngineProxy.start(primary.port);
    const replica = await RedisServer.replicaOf(replication.port);
    const [one, other] = [await Member.join(primary, 'chat'), await Member.join(primary, 'chat')];
    for (const dataJson of ['1', '2']) await one.backplane.publish(publication(dataJson));
    await vi.waitUntil(async () => (await replica.send('XLEN', await streamOf(replica))).startsWith(':2'), {
      timeout: 20_000,
    });
    replication.isSilent = true;
    for (const dataJson of ['3', '4']) await one.backplane.publish(publication(dataJson));
    const acknowledged = (await other.node.got('chat', 4)).at(-1)?.position;
    await primary.kill();
    await replica.send('REPLICAOF', 'NO', 'ONE');
    await Promise.all([one.moveTo(replica), other.moveTo(replica)]);
    const tops = await other.backplane.positions(new Map([['chat', acknowledged]]));
    expect(tops.get('chat')).toEqual({ epoch: expect.not.stringMatching(`^${acknowledged?.epoch}$`), offset: 2 });
    const { position } = await one.backplane.publish(publication('5'));
    expect(position).toEqual({ epoch: tops.get('chat')?.epoch, offset: 3 });
    const kept = (await other.backplane.history('chat', { limit: 10 })).publications;
    expect(kept.map(({ dataJson }) => dataJson)).toEqual(['1', '2', '5']);
  });

  it('that loses a leave counts nobody who has left', async () => {
    const primary = await RedisServer.start();
    const replication = await EngineProxy.start(primary.port);
    const replica = await RedisServer.replicaOf(replication.port);
    const member = await Member.join(primary);
    const say = (userId: string, connections: number) =>
      member.backplane.present({
        channel: 'room',
        userId,
        connections,
        infoJson: undefined,
        announcementJson: undefined,
        leaveDelay: 0,
      });
    await say('ann', 1);
    await say('bob', 1);
    await vi.waitUntil(async () => (await replica.send('ZCARD', await keyOf(replica, ':po:room'))).startsWith(':2'), {
      timeout: 20_000,
    });
    replication.isSilent = true;
    await say('ann', 0);
    await primary.kill();
    await replica.send('REPLICAOF', 'NO', 'ONE');
    await member.moveTo(replica);
    const users = async (): Promise<string> =>
      (await member.backplane.members('room', 10)).map(({ userId }) => userId).join();
    await vi.waitUntil(async () => (await users()) === 'bob', { timeout: 20_000, interval: 50 });
  });

  it('begins one more epoch when a node comes that had published on the old primary alone', async () => {
    const primary = await RedisServer.start();
    const replica = await RedisServer.replicaOf(primary.port);
    const [one, late] = [await Member.join(primary, 'chat'), await Member.join(primary, 'chat')];
    await one.backplane.publish(publication('1'));
    await vi.waitUntil(async () => (await replica.send('KEYS', '*:h:chat')).includes('h:chat'), { timeout: 20_000 });
    await replica.send('REPLICAOF', 'NO', 'ONE');
    await one.moveTo(replica);
    const [after] = (
      await one.backplane.positions(new Map([['chat', (await one.node.got('chat', 1))[0]?.position]]))
    ).values();
    const { position: alone } = await late.backplane.publish(publication('2'));
    await late.moveTo(replica);
    const [again] = (await late.backplane.positions(new Map([['chat', alone]]))).values();
    expect(again?.epoch).not.toBe(after?.epoch);
    expect(await one.top()).toEqual(again);
  });

  it('to a primary that has become a replica is noticed, and another one is waited for', async () => {
    const [redis, elsewhere] = [await RedisServer.start(), await RedisServer.start()];
    const { backplane, node } = await Member.join(redis, 'chat');
    await redis.send('REPLICAOF', '127.0.0.1', `${elsewhere.port}`);
    await eventually(() => backplane.health.state === 'degraded');
    expect(await outcomeOf(backplane.publish(publication('1')))).toBe('not_done');
    await redis.send('REPLICAOF', 'NO', 'ONE');
    await eventually(() => node.link.at(-1)?.startsWith('restored') === true);
  });
});

describe('a Redis that refuses what is under way', () => {
  it('has every publication end, though the first refusal ends the connection', async () => {
    const [redis, elsewhere] = [await RedisServer.start(), await RedisServer.start()];
    const { backplane } = await Member.join(redis, 'chat');
    await redis.send('REPLICAOF', '127.0.0.1', `${elsewhere.port}`);
    const publishing = Array.from({ length: 20 }, (_, at) => outcomeOf(backplane.publish(publication(`${at}`))));
    const outcomes = await Promise.race([Promise.all(publishing), delay(5000, ['pending'])]);
    expect([...new Set(outcomes)]).toEqual(['not_done']);
  });
});

describe('a Redis that has forgotten everything', () => {
  it('is told to the node within two seconds, and begins other epochs', async () => {
    const redis = await RedisServer.start();
    const { backplane, node, top } = await Member.join(redis, 'chat').then((member) => ({
      backplane: member.backplane,
      node: member.node,
      top: () => member.top(),
    }));
    const { position } = await backplane.publish(publication('1'));
    await redis.send('FLUSHALL');
    await eventually(() => node.link.length === 2, 3000);
    expect(node.link).toEqual(['interrupted', 'restored: memory lost']);
    expect((await top()).epoch).not.toBe(position?.epoch);
  });

  it('is told so when it was killed and started empty', async () => {
    const redis = await RedisServer.start();
    const { backplane, node } = await Member.join(redis, 'chat');
    await redis.kill();
    await redis.run();
    await eventually(() => node.link.length === 2);
    expect(node.link).toEqual(['interrupted', 'restored: memory lost']);
    await backplane.publish(publication('1'));
    expect(await node.got('chat', 1)).toHaveLength(1);
  });
});

describe('a node that was cut off', () => {
  it('executes what it missed of revokes before it gets any event', async () => {
    const redis = await RedisServer.start();
    const [lost, other] = [await Member.join(redis, 'chat'), await Member.join(redis)];
    const order: string[] = [];
    lost.node.onDeliver = ({ dataJson }) => void order.push(dataJson);
    lost.node.onExecute = async () => order.push('revoke');
    lost.proxy.refuse();
    await eventually(() => !lost.isLive);
    const revoked = other.backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: 'chat' });
    for (let index = 0; index < 20; index += 1)
      await other.backplane.publish(publication(`${index}`, { history: undefined }));
    lost.proxy.accept();
    await eventually(() => order.length > 0);
    const publishing = Promise.all([1, 2, 3].map((each) => other.backplane.publish(publication(`${each}`))));
    await Promise.all([publishing, revoked]);
    expect(order[0]).toBe('revoke');
  });

  it('may have missed commands where its lease ended and Redis forgot them before it came back', async () => {
    const redis = await RedisServer.start();
    const [lost, other] = [await Member.join(redis, 'chat'), await Member.join(redis)];
    const revoke = () => other.backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: 'chat' });
    lost.proxy.refuse();
    await vi.waitUntil(async () => (await revoke()).unconfirmed === 0, 20_000);
    await redis.send('FLUSHALL');
    lost.proxy.accept();
    await vi.waitUntil(() => lost.node.commandsLost === 1, 20_000);
    expect(lost.node.commands).toEqual([]);
    expect(other.node.commandsLost).toBe(0);
  });
});

describe('a Redis without memory', () => {
  it('refuses publications whole, and goes on with those that it does not keep', async () => {
    const redis = await RedisServer.start(['--maxmemory', '1mb', '--maxmemory-policy', 'noeviction']);
    const { backplane, node, isLive } = await Member.join(redis, 'chat').then((member) => ({
      backplane: member.backplane,
      node: member.node,
      isLive: () => member.isLive,
    }));
    expect(await outcomeOf(backplane.publish(publication('1')))).toBe('not_done');
    expect(await redis.send('KEYS', '*chat')).toBe('*0\r\n');
    await backplane.publish(publication('2', { history: undefined }));
    expect((await node.got('chat', 1)).map(({ dataJson }) => dataJson)).toEqual(['2']);
    await vi.waitUntil(async () => Number((await redis.send('ZCARD', 'sk1:{sk}:nodes')).slice(1)) === 1, {
      timeout: 20_000,
    });
    expect(isLive()).toBe(true);
  });

  it('says of a position that it cannot be read now, which is an outage', async () => {
    const redis = await RedisServer.start();
    const { backplane } = await Member.join(redis, 'chat');
    await redis.send('CONFIG', 'SET', 'maxmemory', '1mb');
    expect(await outcomeOf(backplane.history('chat', { limit: 10 }))).toBe('not_done');
  });
});

describe('the start of a Redis backplane', () => {
  const start = async (url: string): Promise<string> => {
    const backplane = new RedisBackplane({ url });
    onTestFinished(() => backplane.detach());
    return backplane.start(new RecordingNode('node')).then(
      () => 'started',
      (error: Error) => error.message,
    );
  };

  it('fails after 10 s when nobody listens or Redis is a replica, without address or password', async () => {
    const [primary, replica] = [await RedisServer.start(), await RedisServer.start()];
    await replica.send('REPLICAOF', '127.0.0.1', `${primary.port}`);
    const begun = performance.now();
    expect(await Promise.all([start('redis://ann:secret@127.0.0.1:1'), start(replica.url)])).toEqual([
      'Redis cannot be used: The connection to Redis failed (ECONNREFUSED).',
      'Redis cannot be used: This Redis is a replica.',
    ]);
    expect(performance.now() - begun).toBeLessThan(12_000);
  });

  it('fails with a sentence at once when Redis is part of a Redis Cluster', async () => {
    const { url } = await RedisServer.start(['--cluster-enabled', 'yes']);
    expect(await start(url)).toMatch(/^Redis is a node of a Redis Cluster; .*\.$/);
  });

  it('fails at once when the password is missing or wrong, and succeeds with the right one', async () => {
    const { port } = await RedisServer.start(['--requirepass', 'secret']);
    expect(await start(`redis://127.0.0.1:${port}`)).toBe('Redis wants a password.');
    expect(await start(`redis://:wrong@127.0.0.1:${port}`)).toBe('Redis knows no such user with this password.');
    expect(await start(`redis://:secret@127.0.0.1:${port}`)).toBe('started');
  });
});

const streamOf = (redis: RedisServer): Promise<string> => keyOf(redis, ':h:chat');

async function keyOf(redis: RedisServer, end: string): Promise<string> {
  const names = (await redis.send('KEYS', `*${end}`)).split('\r\n');
  return names.find((name) => name.endsWith(end)) ?? '';
}
