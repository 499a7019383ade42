import { describe, expect, it, vi } from 'vitest';
import { redisBackplane } from '../../libs/redis/src/index.js';
import { Backplane } from '../../src/backplane/index.js';
import { EngineProxy } from '../support/engine-proxy.js';
import { RedisServer } from '../support/redis-server.js';
import { type TestApp, startApp } from '../support/test-app.js';

const ADDRESS = '192.0.2.1';
const MAX = 6;

async function appOn(proxy: EngineProxy): Promise<TestApp> {
  return startApp({
    maxConnectionsPerIpInCluster: MAX,
    trustedProxies: ['loopback'],
    backplane: redisBackplane({ url: proxy.url }),
  });
}

/** Two applications, each with a proxy of its own before one Redis. */
async function rig() {
  const redis = await RedisServer.start();
  const proxies = [await EngineProxy.start(redis.port), await EngineProxy.start(redis.port)] as const;
  const apps = [await appOn(proxies[0]), await appOn(proxies[1])] as const;
  return { redis, proxies, apps };
}

const open = (app: TestApp, address = ADDRESS) => app.connect('', { headers: { 'x-forwarded-for': address } });

/** How many of so many attempts at once are let in, in turns by each application. */
async function herd(apps: readonly TestApp[], count: number): Promise<number> {
  const attempts = Array.from({ length: count }, (_, index) => open(apps[index % apps.length] as TestApp));
  return (await Promise.allSettled(attempts)).filter(({ status }) => status === 'fulfilled').length;
}

const refused = (opening: Promise<unknown>) => expect(opening).rejects.toThrow('429');
const untilHealthIs = (state: 'live' | 'degraded', { app }: TestApp) =>
  vi.waitUntil(() => app.get(Backplane).health.state === state, { timeout: 20_000 });

describe('the limit of an address on all nodes', () => {
  it('lets a herd behind one address open what it may have, and not one more', async () => {
    const { apps } = await rig();
    expect(await herd(apps, 40)).toBe(MAX);
    await refused(open(apps[0]));
    await refused(open(apps[1]));
    await open(apps[0], '192.0.2.2');
  });

  it('has room on the other node for a client that leaves the first', async () => {
    const { apps } = await rig();
    const clients = await Promise.all(Array.from({ length: MAX }, () => open(apps[0])));
    await refused(open(apps[1]));
    clients[0]?.webSocket.close();
    await vi.waitFor(() => open(apps[1]), { timeout: 20_000 });
    await refused(open(apps[0]));
  });

  it('holds on each node for itself while Redis is away, and on all of them when it is back', async () => {
    const { apps, proxies } = await rig();
    await Promise.all([open(apps[0]), open(apps[1])]);
    for (const proxy of proxies) proxy.refuse();
    for (const app of apps) await untilHealthIs('degraded', app);
    expect(await herd([apps[0]], 20)).toBe(MAX - 1);
    for (const proxy of proxies) proxy.accept();
    for (const app of apps) await untilHealthIs('live', app);
    await vi.waitFor(() => refused(open(apps[1])), { timeout: 20_000 });
  });

  it('opens a connection while Redis hangs', async () => {
    const { apps, proxies } = await rig();
    proxies[0].isSilent = true;
    await open(apps[0]);
  });

  it('counts a node no more that has left', async () => {
    const { apps } = await rig();
    await Promise.all(Array.from({ length: MAX }, () => open(apps[0])));
    await refused(open(apps[1]));
    await apps[0].app.close();
    expect(await herd([apps[1]], MAX + 1)).toBe(MAX);
  });

  it('counts a node no more that is cut off and whose lease has ended, and counts it again when it is back', async () => {
    const { apps, proxies } = await rig();
    await Promise.all(Array.from({ length: MAX }, () => open(apps[0])));
    proxies[0].refuse();
    await untilHealthIs('degraded', apps[0]);
    const client = await vi.waitFor(() => open(apps[1]), { timeout: 20_000, interval: 200 });
    client.webSocket.close();
    proxies[0].accept();
    await untilHealthIs('live', apps[0]);
    await vi.waitFor(() => refused(open(apps[1])), { timeout: 20_000 });
  }, 40_000);
});
