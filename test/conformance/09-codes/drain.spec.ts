import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import {
  type Backplane,
  MemoryBackplane,
  type NewPublication,
  type Receipt,
  ShutdownService,
  SubscriptionService,
} from '@skreaver/nestjs-ws';
import { CloseCode, parseCloseReason } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { Latch } from '../../support/latch.js';
import { refusalOf } from '../../support/refusal-of.js';
import { startApp } from '../../support/test-app.js';

const CLIENTS = 200;

/** Publishes when the test lets it. */
class SlowBackplane extends MemoryBackplane {
  readonly publishing = new Latch();

  override async publish(publication: NewPublication): Promise<Receipt> {
    await this.publishing.wait();
    return super.publish(publication);
  }
}

const slowly = (backplane: Backplane) => ({ backplane: { useFactory: () => backplane } });

/** Has a last word for its clients. */
@Injectable()
class LastWord implements OnModuleDestroy {
  constructor(private readonly subscriptions: SubscriptionService) {}

  async onModuleDestroy(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.subscriptions.broadcast('a', 'farewell');
  }
}

describe('a shutdown', () => {
  it('closes each of 200 clients with 1012 and its own time to return, and none with 1006', async () => {
    const app = await startApp({ maxConnections: 1000 });
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => app.connect()));
    await app.app.close();
    const closes = await Promise.all(clients.map((client) => client.closed));
    expect(new Set(closes.map(({ code }) => code))).toEqual(new Set([CloseCode.ServiceRestart]));
    const hints = closes.map(({ reason }) => parseCloseReason(reason).retryAfterMs ?? Number.NaN);
    expect(hints.every((hint) => hint >= 0 && hint <= 1000)).toBe(true);
    const perTenth = Array.from({ length: 10 }, (_value, tenth) =>
      hints.filter((hint) => Math.min(9, Math.floor(hint / 100)) === tenth),
    );
    for (const tenth of perTenth) expect(tenth.length).toBeGreaterThan(CLIENTS / 20);
  });

  it('delivers what was published before it', async () => {
    const app = await startApp();
    const client = await app.connect();
    await client.subscribe('a');
    for (let at = 0; at < 50; at += 1) void app.subscriptions.broadcast('a', at);
    await app.app.close();
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
    expect(client.received.filter(({ type }) => type === 'event').length).toBe(50);
  });

  it('refuses publications once the clients have been told', async () => {
    const { app, subscriptions, registry, connect } = await startApp();
    const client = await connect();
    await client.subscribe('a');
    const id = registry.list()[0]?.id ?? '';
    const drained = app.get(ShutdownService).beforeApplicationShutdown();
    await client.closed;
    const refused = { code: 'SERVICE_RESTART', details: { retry_after_ms: 5000 } };
    await expect(subscriptions.broadcast('a', 1)).rejects.toMatchObject(refused);
    await expect(subscriptions.sendToUser('alice', 1)).rejects.toMatchObject(refused);
    await expect(subscriptions.sendToConnection(id, 1)).rejects.toMatchObject(refused);
    await expect(subscriptions.ask(id, 1)).rejects.toMatchObject(refused);
    expect(await subscriptions.broadcastMany([{ channel: 'a', data: 1 }])).toMatchObject([{ error: refused }]);
    await drained;
  });

  it('delivers what was being published when it began, and then closes', async () => {
    const backplane = new SlowBackplane(1_000_000);
    backplane.publishing.close();
    const { app, subscriptions, connect } = await startApp(slowly(backplane));
    const client = await connect();
    await client.subscribe('a');
    const published = subscriptions.broadcast('a', 1);
    await backplane.publishing.reached();
    const drained = app.get(ShutdownService).beforeApplicationShutdown();
    await expect(subscriptions.broadcast('a', 2)).rejects.toMatchObject({ code: 'SERVICE_RESTART' });
    backplane.publishing.open();
    expect(await published).toEqual({ delivered: 1 });
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
    expect(client.received.filter(({ type }) => type === 'event')).toMatchObject([{ data: 1 }]);
    await drained;
  });

  it('does not wait for a publication that never ends', async () => {
    const backplane = new SlowBackplane(1_000_000);
    backplane.publishing.close();
    const { app, subscriptions, connect } = await startApp({ ...slowly(backplane), shutdownTimeout: 300 });
    const client = await connect();
    void subscriptions.broadcast('a', 1).catch(() => {});
    await backplane.publishing.reached();
    await app.get(ShutdownService).beforeApplicationShutdown();
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
  });

  it('delivers what the application publishes in its own first hook, while new clients are refused', async () => {
    const app = await startApp({}, { providers: [LastWord] });
    const client = await app.connect();
    await client.subscribe('a');
    const closing = app.app.close();
    await expect.poll(() => app.app.get(ShutdownService).isDraining).toBe(true);
    await closing;
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
    expect(client.received.filter(({ type }) => type === 'event')).toMatchObject([{ data: 'farewell' }]);
  });

  it('refuses new connections with 503 and Retry-After while it waits for the open ones', async () => {
    const app = await startApp({ shutdownTimeout: 600 });
    const client = await app.connect();
    client.stall();
    const drained = app.app.get(ShutdownService).beforeApplicationShutdown();
    const { status, headers, body } = await refusalOf(app);
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'SERVICE_RESTART' } });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    const startedAt = performance.now();
    await drained;
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });
});
