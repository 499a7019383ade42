import { ShutdownService } from '@skreaver/nestjs-ws';
import { CloseCode, parseCloseReason } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../support/refusal-of.js';
import { startApp } from '../support/test-app.js';

const CLIENTS = 200;

describe('a shutdown (section 9, 1012)', () => {
  it('tells each of 200 clients a time to come back, spread over all of them, and none sees 1006', async () => {
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

  it('sends what was published before it', async () => {
    const app = await startApp();
    const client = await app.connect();
    await client.subscribe('a');
    for (let at = 0; at < 50; at += 1) void app.subscriptions.broadcast('a', at);
    await app.app.close();
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
    expect(client.received.filter(({ type }) => type === 'event').length).toBe(50);
  });

  it('refuses new connections with 503 and Retry-After while it waits for the old ones', async () => {
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
