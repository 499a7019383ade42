import { describe, expect, it } from 'vitest';
import { RedisServer } from '../support/redis-server.js';
import { RedisShards } from '../support/redis-shards.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from './test-server.js';

const settingsOf = (redis: RedisServer, prefix: string): Record<string, string> => ({
  SKREAVER_WS_REDIS_URL: redis.url,
  SKREAVER_WS_REDIS_PREFIX: prefix,
});

describe('two standalone servers with one Redis', () => {
  it('deliver what is published on either to the clients of both, and of no other prefix', async () => {
    const redis = await RedisServer.start();
    const [one, other, apart] = (await Promise.all(
      ['a:', 'a:', 'b:'].map((prefix) => TestServer.start(settingsOf(redis, prefix))),
    )) as [TestServer, TestServer, TestServer];
    const clients = await Promise.all([one, other, apart].map(({ ws }) => TestClient.open(ws)));
    for (const client of clients) await client.subscribe('news');
    const published = await one.post('/api/publish', { channel: 'news', data: 'first' });
    expect(await published.json()).toMatchObject({ delivered: 1 });
    await apart.post('/api/publish', { channel: 'news', data: 'elsewhere' });
    const events = await Promise.all(clients.map((client) => client.next('event')));
    expect(events.map(({ data }) => data)).toEqual(['first', 'first', 'elsewhere']);
  });

  it('say in one sentence why they do not start', async () => {
    const redis = await RedisServer.start(['--requirepass', 'secret']);
    const server = TestServer.spawn(settingsOf(redis, 'a:'));
    expect(await server.exited).toBe(1);
    expect(server.stderr).toBe('Redis wants a password.\n');
  });
});

describe('two standalone servers with one Redis Cluster', () => {
  it('deliver what is published on either to the clients of both', async () => {
    const { primaries } = await RedisShards.start();
    const hosts = primaries.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const settings = { SKREAVER_WS_REDIS_URL: `redis+cluster://${hosts}`, SKREAVER_WS_REDIS_PREFIX: 'a:' };
    const [one, other] = await Promise.all([TestServer.start(settings), TestServer.start(settings)]);
    const clients = await Promise.all([one, other].map(({ ws }) => TestClient.open(ws)));
    const channels = Array.from({ length: 9 }, (_, index) => `news${index}`);
    for (const channel of channels) {
      for (const client of clients) await client.subscribe(channel);
      await one.post('/api/publish', { channel, data: channel });
      expect(await Promise.all(clients.map(async (client) => (await client.next('event')).data))).toEqual([
        channel,
        channel,
      ]);
    }
  });

  it('say in one sentence that the URL is that of a cluster', async () => {
    const { url } = await RedisShards.start({ primaries: 3 });
    const server = TestServer.spawn({ SKREAVER_WS_REDIS_URL: url });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toMatch(
      /^Redis is a node of a Redis Cluster; .* begin the URL with redis\+cluster:\/\/\.\n$/,
    );
  });
});
