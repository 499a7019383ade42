import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { countUpTo } from '../support/event-values.js';
import { startApp } from '../support/test-app.js';

const GAUGES = ['websocket_connections_active', 'websocket_subscriptions_active', 'websocket_channels_active'];

async function gauges(): Promise<number[]> {
  const values = await Promise.all(
    GAUGES.map(async (name) => (await register.getSingleMetric(name)?.get())?.values[0]),
  );
  return values.map((value) => value?.value ?? 0);
}

async function seriesCount(): Promise<number> {
  return (await register.metrics()).split('\n').filter((line) => line.startsWith('websocket_')).length;
}

describe('the metrics', () => {
  it('return to their values after 300 connections come, subscribe and leave in three ways', async () => {
    const before = await gauges();
    const app = await startApp();
    for (let round = 0; round < 10; round += 1) {
      const clients = await Promise.all(countUpTo(30).map(() => app.connect()));
      await Promise.all(clients.map((client, at) => client.subscribe('shared', `own-${at}`)));
      for (const [at, client] of clients.entries()) {
        if (at % 3 === 0) client.webSocket.terminate();
        else if (at % 3 === 1) client.webSocket.close(1000);
        else client.send('x'.repeat(200_000));
      }
      await Promise.all(clients.map((client) => client.closed));
    }
    await expect.poll(gauges).toEqual(before);
    expect(app.registry.list()).toEqual([]);
    expect(app.subscriptions.channels()).toEqual([]);
    expect(app.registry.getStats()).toMatchObject({ activeConnections: 0, authenticatedConnections: 0, channels: 0 });
  });

  it('have no label from a client: a thousand channel names make no new series', async () => {
    const app = await startApp({ maxSubscriptionsPerConnection: 2000 });
    const client = await app.connect();
    const use = async (name: string): Promise<void> => {
      await client.subscribe(name);
      await client.subscribe(`${name} is no name`);
      await client.request(name);
      await app.subscriptions.broadcast(name, 1);
    };
    await use('first');
    client.send({ type: 'first' });
    await client.settle();
    const before = await seriesCount();
    for (let at = 0; at < 1000; at += 50) await Promise.all(countUpTo(50).map((more) => use(`name-${at + more}`)));
    for (const at of countUpTo(5)) client.send({ type: `type-${at}` });
    await client.settle();
    expect(await seriesCount()).toBe(before);
    expect(await register.metrics()).not.toContain('name-');
  });
});
