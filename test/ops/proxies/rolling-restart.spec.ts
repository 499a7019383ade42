import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it, vi } from 'vitest';
import { TestServer } from '../../e2e/test-server.js';
import { range } from '../../support/recover.js';
import { RedisServer } from '../../support/redis-server.js';
import { Follower } from './follower.js';
import { proxies } from './kinds.js';
import { Proxy } from './proxy.js';

const CLIENTS = 20;

describe.each(proxies)('a restart of one of two servers behind $name', (kind) => {
  it('is told to its clients, which are back within 5 s and have missed nothing', async () => {
    const redis = await RedisServer.start();
    const env = {
      SKREAVER_WS_REDIS_URL: redis.url,
      SKREAVER_WS_TRUSTED_PROXIES: '127.0.0.1',
      SKREAVER_WS_MAX_CONNECTIONS_PER_IP: '100',
      SKREAVER_WS_CHANNELS: '{"news":{"history":{"size":5000,"ttl":"5m"}}}',
    };
    const [leaving, staying] = await Promise.all([TestServer.start(env), TestServer.start(env)]);
    const proxy = await Proxy.start(kind, leaving.port, kind.second(leaving.port, staying.port));
    const followers: Follower[] = [];
    for (let at = 0; at < CLIENTS; at += 1) followers.push(await Follower.start(proxy.ws, 'news'));
    let published = 0;
    const publish = async (): Promise<void> => {
      const response = await staying.post('/api/publish', { channel: 'news', data: published + 1 });
      expect(response.status).toBe(200);
      published += 1;
    };
    const moved = (): Follower[] => followers.filter(({ closeCodes }) => closeCodes.length > 0);

    for (let at = 0; at < 20; at += 1) await publish();
    leaving.signal('SIGTERM');
    const left = leaving.exited.then(() => true);
    for (let hasLeft = false; !hasLeft;) {
      await publish();
      hasLeft = await Promise.race([left, new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);
    }
    await vi.waitUntil(() => moved().every(({ away }) => away.length === 1), { timeout: 20_000 });
    await publish();
    await vi.waitUntil(() => followers.every(({ events }) => events.at(-1) === published), { timeout: 10_000 });
    for (const follower of followers) follower.end();

    expect(moved().length).toBeGreaterThan(0);
    expect(moved().length).toBeLessThan(CLIENTS);
    for (const follower of followers) {
      expect(follower.events).toEqual(range(1, published));
      expect(follower.unrecovered).toBe(0);
    }
    expect(new Set(moved().flatMap(({ closeCodes }) => closeCodes))).toEqual(new Set([CloseCode.ServiceRestart]));
    expect(Math.max(...moved().flatMap(({ away }) => away))).toBeLessThan(5000);
  });
});
