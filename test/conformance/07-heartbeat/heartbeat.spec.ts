import { setTimeout as pause } from 'node:timers/promises';
import { APP_GUARD } from '@nestjs/core';
import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startApp, TestAuthHandler } from '../../support/test-app.js';
import type { TestClient } from '../../support/test-client.js';

const FAST = { pingInterval: 300, pongTimeout: 200, connectionTimeout: 400 } as const;

describe('the heartbeat by messages', () => {
  it('pings once per pingInterval', async () => {
    const app = await startApp({ ...FAST, connectionTimeout: 5000 });
    const client = await app.connect();
    await client.next('ping');
    const first = performance.now();
    await client.next('ping');
    const gap = performance.now() - first;
    expect(gap).toBeGreaterThanOrEqual(FAST.pingInterval - 60);
    expect(gap).toBeLessThan(FAST.pingInterval + 400);
  });

  it('sends the time in each ping', async () => {
    const app = await startApp(FAST);
    const client = await app.connect();
    const { data } = await client.next('ping');
    expect(Math.abs((data?.timestamp ?? 0) - Date.now())).toBeLessThan(5000);
  });

  it('keeps a subscriber that only answers pings for three times connectionTimeout', async () => {
    const app = await startApp(FAST);
    const client = await app.connect();
    await client.subscribe('quiet');
    await pause(FAST.connectionTimeout * 3 + 100);
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
    expect((await app.subscriptions.broadcast('quiet', 'still here')).delivered).toBe(1);
    expect((await client.next('event')).data).toBe('still here');
  });

  it('closes a client with 4001 that sends messages but no pong', async () => {
    const app = await startApp(FAST);
    const client = await app.connect();
    client.answersPings = false;
    const chatter = setInterval(() => client.send({ type: 'ping' }), 60);
    const { code, reason } = await client.closed;
    clearInterval(chatter);
    expect({ code, reason }).toEqual({ code: CloseCode.PongTimeout, reason: 'PONG_TIMEOUT' });
    expect(app.registry.list()).toEqual([]);
  });

  it('closes a client with 4000 that is silent for connectionTimeout, when that ends before pongTimeout', async () => {
    const config = { pingInterval: 1000, pongTimeout: 900, connectionTimeout: 1001 };
    // The first ping comes half an interval after the opening, its pong due after connectionTimeout.
    const halfAnIntervalLater = (): number => (performance.now() / config.pingInterval + 0.5) % 1;
    // Nest draws the ids of its providers by it.
    const app = await startApp(config);
    vi.spyOn(Math, 'random').mockImplementation(halfAnIntervalLater);
    onTestFinished(() => void vi.restoreAllMocks());
    const client = await app.connect();
    client.answersPings = false;
    const { code, reason } = await client.closed;
    expect({ code, reason }).toEqual({ code: CloseCode.ConnectionTimeout, reason: 'CONNECTION_TIMEOUT' });
    expect(client.received.map(({ type }) => type)).toEqual(['auth_response', 'ping']);
  });

  it('does not close a client because a handler of the application is slow', async () => {
    const slow = class extends TestAuthHandler {
      override checkPermission(): Promise<boolean> {
        return new Promise((resolve) => setTimeout(() => resolve(true), FAST.connectionTimeout * 3));
      }
    } as unknown as typeof TestAuthHandler;
    const app = await startApp({ ...FAST, authHandler: { useClass: slow } });
    const client = await app.connect('?token=token-alice');
    expect((await client.subscribe('slowly-permitted')).data.success).toBe(true);
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'ping').length).toBeGreaterThan(0);
  });
});

describe('a pong', () => {
  const errorsOf = (client: TestClient) =>
    client.received.flatMap((message) => (message.type === 'error' ? [message.data.code] : []));

  const answerPings = async (client: TestClient, count: number) => {
    for (let at = 0; at < count; at += 1) await client.next('ping');
  };

  it('is accepted when the client has used up its message rate', async () => {
    const app = await startApp({ ...FAST, connectionTimeout: 5000, messageRate: 1, messageBurst: 20 });
    const client = await app.connect();
    for (let at = 0; at < 20; at += 1) client.send({ type: 'ping' });
    expect((await client.ask({ type: 'ping' })).type).toBe('error');
    await answerPings(client, 4);
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
    expect(errorsOf(client)).toEqual(['RATE_LIMIT_EXCEEDED']);
  });

  it('is accepted when a guard of the application refuses every message', async () => {
    const refuses = { provide: APP_GUARD, useValue: { canActivate: () => false } };
    const client = await (await startApp(FAST, { providers: [refuses] })).connect();
    await answerPings(client, 4);
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
    expect(errorsOf(client)).toEqual([]);
  });

  it('does not count for the message rate', async () => {
    const app = await startApp({ ...FAST, connectionTimeout: 5000, messageRate: 1, messageBurst: 2 });
    const client = await app.connect();
    await answerPings(client, 7);
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
  });

  it('counts for the message rate when it answers no ping', async () => {
    const client = await (await startApp({ messageRate: 1, messageBurst: 5 })).connect();
    for (let at = 0; at < 5; at += 1) client.send({ type: 'pong' });
    expect((await client.ask({ type: 'ping' })).type).toBe('error');
  });
});

describe('the heartbeat by frames', () => {
  it.each([
    ['by configuration', { heartbeat: 'frame' } as const, ''],
    ['on the wish of the client', {}, '?heartbeat=frame'],
  ])('sends ping frames and no ping messages %s', async (_how, options, query) => {
    const app = await startApp({ ...FAST, ...options });
    const client = await app.connect(query);
    let pings = 0;
    client.webSocket.on('ping', () => (pings += 1));
    await pause(FAST.connectionTimeout * 3);
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
    expect(pings).toBeGreaterThanOrEqual(2);
    expect(client.received.map(({ type }) => type)).toEqual(['auth_response']);
  });

  it('closes a client with 4001 that does not answer ping frames', async () => {
    const app = await startApp({ ...FAST, heartbeat: 'frame' });
    const client = await app.connect('', { autoPong: false });
    const chatter = setInterval(() => client.send({ type: 'ping' }), 60);
    const { code } = await client.closed;
    clearInterval(chatter);
    expect(code).toBe(CloseCode.PongTimeout);
  });

  it('accepts a pong message as the answer to a ping frame', async () => {
    const app = await startApp({ ...FAST, heartbeat: 'frame' });
    const client = await app.connect('', { autoPong: false });
    client.webSocket.on('ping', () => client.send({ type: 'pong' }));
    await pause(FAST.connectionTimeout * 3);
    expect(client.webSocket.readyState).toBe(client.webSocket.OPEN);
  });

  it('ignores any other value of the query parameter heartbeat', async () => {
    const app = await startApp(FAST);
    const client = await app.connect('?heartbeat=none');
    expect((await client.next('ping')).type).toBe('ping');
  });
});
