import { monitorEventLoopDelay } from 'node:perf_hooks';
import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { countUpTo, eventValues } from '../support/event-values.js';
import { OutboxProbe } from '../support/outbox-probe.js';
import { startApp } from '../support/test-app.js';

describe('the stock adapter of Nest, unlike the one of this module,', () => {
  it('drops invalid JSON and unknown types silently', async () => {
    const client = await (await startApp()).connect();
    client.send('{broken');
    expect((await client.next('error')).data.code).toBe('INVALID_MESSAGE');
    expect(await client.ask({ type: 'nobody-knows' })).toMatchObject({ data: { code: 'INVALID_MESSAGE' } });
  });

  it('parses binary frames as JSON', async () => {
    const client = await (await startApp()).connect();
    client.send(Buffer.from('{"type":"ping"}'));
    expect((await client.closed).code).toBe(CloseCode.UnsupportedData);
  });

  it('writes a log line for every oversized message', async () => {
    const app = await startApp({ maxMessageSize: 100 });
    const client = await app.connect();
    const before = app.log.lines.length;
    for (let at = 0; at < 8; at += 1) client.send({ type: 'ping', metadata: { padding: 'x'.repeat(100) } });
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'error').length).toBe(8);
    expect(app.log.lines.length - before).toBeLessThanOrEqual(1);
  });

  it('terminates the clients when the application closes', async () => {
    const app = await startApp();
    const client = await app.connect();
    await app.app.close();
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
  });

  it('keeps the socket of a closed client that does not read for 30 s', async () => {
    const app = await startApp({ broadcastBufferSize: 5 });
    const client = await app.connect('', { perMessageDeflate: false });
    await client.subscribe('flood');
    client.stall();
    const probe = new OutboxProbe(app, app.registry.list()[0]?.id ?? '');
    while (probe.closedWith === undefined) {
      await app.subscriptions.broadcast('flood', 'x'.repeat(60_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => probe.streamIsDestroyed, { timeout: 5000, interval: 10 }).toBe(true);
  });

  it('buffers without a bound for a client that does not read', async () => {
    const max = 300_000;
    const app = await startApp({ maxBufferedBytes: max });
    const client = await app.connect('', { perMessageDeflate: false });
    await client.subscribe('flood');
    client.stall();
    const probe = new OutboxProbe(app, app.registry.list()[0]?.id ?? '');
    let most = 0;
    let published = 0;
    while (probe.closedWith === undefined) {
      await app.subscriptions.broadcast('flood', 'x'.repeat(60_000));
      published += 60_000;
      if (probe.closedWith === undefined) most = Math.max(most, probe.waitingBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(most).toBeLessThanOrEqual(max);
    expect(published).toBeGreaterThan(max);
  });
});

describe('a broadcast of 1 KiB to 2,000 sockets', () => {
  it('leaves the event loop responsive, and keeps the order', async () => {
    const sockets = 2000;
    const events = 5;
    const app = await startApp({
      maxConnections: 3000,
      maxConnectionsPerIp: 3000,
      pingInterval: 600_000,
      connectionTimeout: 600_001,
    });
    const clients = [];
    for (let at = 0; at < sockets; at += 100) {
      const opened = await Promise.all(countUpTo(100).map(() => app.connect('', { perMessageDeflate: false })));
      await Promise.all(opened.map((client) => client.subscribe('all')));
      clients.push(...opened);
    }
    const padding = 'x'.repeat(1000);
    const pushing: number[] = [];
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    for (const at of countUpTo(events)) {
      const startedAt = performance.now();
      expect((await app.subscriptions.broadcast('all', { at, padding })).delivered).toBe(sockets);
      pushing.push(performance.now() - startedAt);
    }
    await Promise.all(clients.map((client) => client.settle()));
    delay.disable();
    // Only marking; the writing is sliced. Clients share this process, so that the delay holds their reading too.
    expect(Math.max(...pushing)).toBeLessThan(50);
    expect(delay.percentile(50) / 1e6).toBeLessThan(100);
    for (const client of clients) {
      expect(eventValues(client).map((data) => (data as { at: number }).at)).toEqual(countUpTo(events));
    }
  });
});
