import type { BackplaneSource } from '@skreaver/nestjs-ws';
import { describe, expect, it, vi } from 'vitest';
import { redisBackplane } from '../../libs/redis/src/index.js';
import { hubBackplane } from '../../libs/workers/src/index.js';
import { EngineProxy } from '../support/engine-proxy.js';
import { HubProcess } from '../support/hub-process.js';
import { metricValue } from '../support/metric-value.js';
import { RedisServer } from '../support/redis-server.js';
import { startApp, testAuth } from '../support/test-app.js';

const channels = { 'chat-*': { history: { size: 100, ttl: 600_000 } } };
const appOn = (backplane: BackplaneSource) => startApp({ ...testAuth, backplane, channels });

async function appOnRedis(redis: RedisServer) {
  const proxy = await EngineProxy.start(redis.port);
  return { proxy, app: await appOn(redisBackplane({ url: proxy.url })) };
}

async function appOnHub(hub: HubProcess) {
  const { proxy, path } = await hub.behindProxy();
  return { proxy, app: await appOn(hubBackplane({ path })) };
}

const reconnects = (engine: number) => metricValue('websocket_backplane_reconnects_total', { engine });
const isAway = () => metricValue('websocket_backplane_interrupted');
const rotations = () => metricValue('websocket_positions_lost_total', { reason: 'epoch' });

/** Round trips that took longer than a tenth of a second. */
async function slowAnswers(engine: number): Promise<number> {
  const name = 'websocket_backplane_round_trip_seconds';
  return (await metricValue(`${name}_count`, { engine })) - (await metricValue(`${name}_bucket`, { engine, le: 0.1 }));
}

const eventually = (holds: () => Promise<boolean>): Promise<unknown> =>
  vi.waitUntil(holds, { timeout: 20_000, interval: 20 });

/** What each of the engines is asked. */
const engines = [
  {
    name: 'Redis',
    start: async () => {
      const redis = await RedisServer.start();
      const restart = async () => {
        await redis.kill();
        await redis.run();
      };
      return { join: () => appOnRedis(redis), restart };
    },
  },
  {
    name: 'a hub',
    start: async () => {
      const hub = await HubProcess.start();
      const restart = async () => {
        await hub.kill();
        await hub.startAgain();
      };
      return { join: () => appOnHub(hub), restart };
    },
  },
];

describe.each(engines)('the metrics of a link to $name', ({ start }) => {
  it('count one reconnect for a cut, and show that the link was away', async () => {
    const { join } = await start();
    const { app, proxy } = await join();
    await eventually(async () => (await metricValue('websocket_backplane_round_trip_seconds_count')) > 0);
    const before = await reconnects(1);
    proxy.refuse();
    await eventually(async () => (await isAway()) === 1);
    proxy.accept();
    await eventually(async () => (await isAway()) === 0);
    await app.subscriptions.broadcast('chat-1', 1);
    expect(await reconnects(1)).toBe(before + 1);
  });

  it('have a delay of the network in the round trip', async () => {
    const { join } = await start();
    const { proxy } = await join();
    const before = await slowAnswers(1);
    proxy.latency = () => 60;
    await eventually(async () => (await slowAnswers(1)) > before);
  });

  it('count each channel that begins another epoch with an engine that has come back empty', async () => {
    const { join, restart } = await start();
    const { app } = await join();
    const client = await app.connect('?token=token-ann');
    const names = ['chat-1', 'chat-2', 'chat-3'];
    await client.subscribe(...names);
    for (const name of names) await app.subscriptions.broadcast(name, 1);
    const [before, catchUps] = [await rotations(), await metricValue('websocket_catch_ups_total')];
    await restart();
    await eventually(async () => (await rotations()) === before + 3);
    expect(await metricValue('websocket_catch_ups_total')).toBe(catchUps + 3);
  });

  it('count a revoke that a node which is cut off has not confirmed', async () => {
    const { join } = await start();
    const [one, other] = [await join(), await join()];
    const before = await metricValue('websocket_commands_unconfirmed_total');
    other.proxy.refuse();
    await expect(one.app.subscriptions.revoke('ann')).rejects.toMatchObject({ details: { unconfirmed: 1 } });
    expect(await metricValue('websocket_commands_unconfirmed_total')).toBe(before + 1);
  });
});

describe('the metrics of links to several Redis', () => {
  it('tell which of them was cut', async () => {
    const proxies = await Promise.all(
      [await RedisServer.start(), await RedisServer.start()].map(({ port }) => EngineProxy.start(port)),
    );
    await appOn(redisBackplane({ urls: proxies.map(({ url }) => url) }));
    const before = [await reconnects(1), await reconnects(2)] as const;
    proxies[1]?.cut();
    await eventually(async () => (await reconnects(2)) === before[1] + 1);
    expect(await reconnects(1)).toBe(before[0]);
  });
});
