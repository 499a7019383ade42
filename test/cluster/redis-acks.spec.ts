import { setTimeout as pause } from 'node:timers/promises';
import { Backplane } from '@skreaver/nestjs-ws';
import { expect, it, vi } from 'vitest';
import { redisBackplane } from '../../libs/redis/src/index.js';
import { RedisServer } from '../support/redis-server.js';
import { startApp, testAuth } from '../support/test-app.js';

const EVENTS = 500;
const PAUSE_MS = 200;
const channels = { work: { history: { size: 1000, ttl: 600_000 } } };

it('a consumer that acknowledges each event costs Redis one call in a fifth of a second, and loses no position', async () => {
  const redis = await RedisServer.start();
  const { app, connect, subscriptions } = await startApp({
    ...testAuth,
    backplane: redisBackplane({ url: redis.url }),
    channels,
  });
  const backplane = app.get(Backplane, { strict: false });
  const stored = vi.spyOn(backplane, 'acknowledge');
  const client = await connect('?token=token-worker');
  await client.subscribe('work');
  const startedAt = performance.now();
  for (let offset = 1; offset <= EVENTS; offset += 1) {
    await subscriptions.broadcast('work', offset);
    await client.next('event');
    client.send({ type: 'ack', data: { channel: 'work', offset } });
    await pause(5);
  }
  await vi.waitUntil(async () => (await backplane.acknowledged('work', 'worker'))?.offset === EVENTS, {
    timeout: 20_000,
  });
  const ms = performance.now() - startedAt;
  expect(stored.mock.calls.length).toBeLessThanOrEqual(ms / PAUSE_MS + 2);
});
