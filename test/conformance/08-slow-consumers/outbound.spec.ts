import { CloseCode } from '@skreaver/protocol';
import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { countUpTo, eventValues } from '../../support/event-values.js';
import { OutboxProbe } from '../../support/outbox-probe.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

/** Loopback takes a few MiB before anything waits on our side. */
const KERNEL_FULL = 16 * 1_048_576;

async function fillKernel(app: TestApp, channel: string, probe: OutboxProbe): Promise<void> {
  const payload = 'x'.repeat(60_000);
  for (let sent = 0; sent < KERNEL_FULL && probe.backlog === 0; sent += payload.length) {
    await app.subscriptions.broadcast(channel, payload);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(probe.backlog).toBeGreaterThan(0);
}

async function stalledSubscriber(app: TestApp): Promise<{ client: TestClient; probe: OutboxProbe }> {
  const client = await app.connect('', { perMessageDeflate: false });
  await client.subscribe('flood');
  client.stall();
  const id = app.registry.list().at(-1)?.id ?? '';
  return { client, probe: new OutboxProbe(app, id) };
}

describe('a client that does not read', () => {
  it('may have broadcastBufferSize events waiting, and is closed with 4002 at one more', async () => {
    const app = await startApp({ broadcastBufferSize: 20, maxBufferedBytes: 64 * 1_048_576 });
    const { probe } = await stalledSubscriber(app);
    await fillKernel(app, 'flood', probe);
    while (probe.waitingFrames < 20) expect((await app.subscriptions.broadcast('flood', 1)).delivered).toBe(1);
    expect(probe.closedWith).toBeUndefined();
    expect((await app.subscriptions.broadcast('flood', 1)).delivered).toBe(0);
    expect(probe.closedWith).toBe(CloseCode.SlowConsumer);
  });

  it('may have maxBufferedBytes waiting, and is closed with 4002 at one more', async () => {
    const max = 200_000;
    const app = await startApp({ maxBufferedBytes: max });
    const { probe } = await stalledSubscriber(app);
    await fillKernel(app, 'flood', probe);
    const overhead = probe.overheadOf('flood');
    const room = max - probe.waitingBytes;
    expect(room).toBeGreaterThan(70_000);
    expect((await app.subscriptions.broadcast('flood', 'y'.repeat(room - overhead))).delivered).toBe(1);
    expect(probe.waitingBytes).toBe(max);
    expect(probe.closedWith).toBeUndefined();
    expect((await app.subscriptions.broadcast('flood', '')).delivered).toBe(0);
    expect(probe.closedWith).toBe(CloseCode.SlowConsumer);
  });

  it('gets 4002 once it reads on, and is counted in websocket_slow_consumers_total', async () => {
    const counted = async (): Promise<number> =>
      (await register.getSingleMetric('websocket_slow_consumers_total')?.get())?.values[0]?.value ?? 0;
    const before = await counted();
    const app = await startApp({ broadcastBufferSize: 3 });
    const client = await app.connect('', { perMessageDeflate: false });
    await client.subscribe('flood');
    client.stall();
    while (app.registry.list().length > 0) {
      await app.subscriptions.broadcast('flood', 'x'.repeat(60_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await counted()).toBe(before + 1);
    client.webSocket.resume();
    expect((await client.closed).code).toBe(4002);
  });

  it('is terminated within a second of the close, and its memory freed', async () => {
    const app = await startApp({ broadcastBufferSize: 5 });
    const { probe } = await stalledSubscriber(app);
    const payload = 'x'.repeat(60_000);
    while (probe.closedWith === undefined) {
      await app.subscriptions.broadcast('flood', payload);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const cutAt = performance.now();
    expect(app.registry.list()).toEqual([]);
    await expect.poll(() => probe.streamIsDestroyed, { timeout: 5000, interval: 10 }).toBe(true);
    expect(performance.now() - cutAt).toBeLessThan(1000);
  });

  it('does not disturb another subscriber, which gets every event in order', async () => {
    const app = await startApp({ broadcastBufferSize: 50 });
    const canary = await app.connect();
    await canary.subscribe('flood');
    const { probe } = await stalledSubscriber(app);
    const payload = 'x'.repeat(30_000);
    let sent = 0;
    while (probe.closedWith === undefined || sent < 400) {
      await app.subscriptions.broadcast('flood', { sent, payload });
      sent += 1;
      if (sent % 10 === 0) await canary.settle();
    }
    await canary.settle();
    const seen = eventValues(canary).map((data) => (data as { sent: number }).sent);
    expect(seen).toEqual(countUpTo(sent));
  });
});

describe('a client that reads', () => {
  it('gets a burst of ten times broadcastBufferSize within one turn of the event loop', async () => {
    const app = await startApp({ broadcastBufferSize: 50 });
    const client = await app.connect();
    await client.subscribe('burst');
    for (let at = 0; at < 500; at += 1) void app.subscriptions.broadcast('burst', at);
    await client.settle();
    expect(eventValues(client)).toEqual(countUpTo(500));
  });

  it('gets one event as large as maxBufferedBytes, and the publisher of a larger one is refused', async () => {
    const max = 100_000;
    const app = await startApp({ maxBufferedBytes: max });
    const client = await app.connect();
    await client.subscribe('large');
    const probe = new OutboxProbe(app, app.registry.list()[0]?.id ?? '');
    const overhead = probe.overheadOf('large');
    await app.subscriptions.broadcast('large', 'z'.repeat(max - overhead));
    expect((await client.next('event')).data).toBe('z'.repeat(max - overhead));
    await expect(app.subscriptions.broadcast('large', 'z'.repeat(max - overhead + 1))).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      details: { size: max + 1, max },
    });
    await client.settle();
  });
});
