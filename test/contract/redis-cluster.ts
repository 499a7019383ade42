import { RedisBackplane, type RedisBackplaneOptions } from '../../libs/redis/src/index.js';
import { beforeAll, vi } from 'vitest';
import { EngineProxy } from '../support/engine-proxy.js';
import { RedisServer } from '../support/redis-server.js';
import { RedisShards } from '../support/redis-shards.js';
import type { ClusterMaker } from './backplane-cluster.js';

let clusters = 0;

const ON_TIME = (): number => 0;

/** The same on a Redis Cluster of three primaries, which the nodes reach through their proxies by a NAT map. */
export function onRedisCluster(): ClusterMaker {
  const redis: RedisServer[] = [];
  beforeAll(async () => {
    const ends: (() => Promise<void>)[] = [];
    redis.push(...(await RedisShards.start({}, (end) => ends.push(end))).primaries);
    return async () => void (await Promise.all(ends.map((end) => end())));
  });
  return makerOn(redis, ON_TIME, (ways) => ({
    url: redis[0]!.url,
    cluster: true,
    natMap: Object.fromEntries(
      redis.map(({ port }, index) => [`127.0.0.1:${port}`, { host: '127.0.0.1', port: ways[index]!.port }]),
    ),
  }));
}

/** Two nodes with keys of their own, each behind a proxy to each Redis, and a time that only the test moves. */
export function onRedis({ latency = ON_TIME, engines = 1 } = {}): ClusterMaker {
  const redis: RedisServer[] = [];
  beforeAll(async () => {
    const ends: (() => Promise<void>)[] = [];
    for (let index = 0; index < engines; index += 1) redis.push(await RedisServer.start([], (end) => ends.push(end)));
    return async () => void (await Promise.all(ends.map((end) => end())));
  });
  return makerOn(redis, latency);
}

const byList = (ways: readonly EngineProxy[]): RedisBackplaneOptions => ({ urls: ways.map(({ url }) => url) });

const makerOn = (redis: readonly RedisServer[], latency: () => number, optionsOf = byList): ClusterMaker => ({
  nodes: 2,
  advances: true,
  loses: true,
  cuts: true,
  kills: true,
  async start() {
    clusters += 1;
    const prefix = `t${clusters}:`;
    let now = Date.now();
    const proxiesOfNode = () => Promise.all(redis.map(({ port }) => EngineProxy.start(port)));
    const proxies = [await proxiesOfNode(), await proxiesOfNode()] as const;
    for (const proxy of proxies.flat()) proxy.latency = latency;
    const memberBehind = (ways: readonly EngineProxy[]): RedisBackplane =>
      new RedisBackplane({ ...optionsOf(ways), prefix }, () => now);
    const members = [memberBehind(proxies[0]), memberBehind(proxies[1])] as const;
    const cut = async (index: number): Promise<() => Promise<void>> => {
      const [ways, member] = [proxies[index] as EngineProxy[], members[index] as RedisBackplane];
      for (const way of ways) way.refuse();
      const isAway = (place: number) => member.health.reason?.includes(`${place + 1} of ${redis.length}`) === true;
      await vi.waitUntil(
        () => (redis.length === 1 ? member.health.state === 'degraded' : redis.every((_, place) => isAway(place))),
        20_000,
      );
      return async () => {
        for (const way of ways) way.accept();
        await vi.waitUntil(() => member.health.state === 'live', { timeout: 20_000 });
      };
    };
    return {
      backplanes: members,
      advance: async (ms) => {
        now += ms;
      },
      cut,
      // Its lease ends at once, which it would a few seconds later.
      kill: async (index) => {
        await cut(index);
        for (const each of redis) {
          for (const key of await namesIn(each, `${prefix}sk1:*:nodes`))
            await each.send('ZADD', key, '1', `node${index}`);
        }
      },
      lose: async (channel) => {
        for (const each of redis) {
          const names = await namesIn(each, `${prefix}*:${channel}`);
          if (names.length > 0) await each.send('DEL', ...names);
        }
      },
    };
  },
});

async function namesIn(redis: RedisServer, pattern: string): Promise<string[]> {
  const [prefix = ''] = pattern.split('*');
  return (await redis.send('KEYS', pattern)).split('\r\n').filter((name) => name.startsWith(prefix));
}
