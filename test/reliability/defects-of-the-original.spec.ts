import { Injectable } from '@nestjs/common';
import { WsRequest } from '@skreaver/nestjs-ws';
import { decode } from '@skreaver/protocol';
import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { eventValues } from '../support/event-values.js';
import { startApp, testAuth, TestAuthHandler } from '../support/test-app.js';

@Injectable()
class Crash {
  @WsRequest('crash')
  crash(): never {
    throw new Error('inner text');
  }
}

/** Permission is granted late enough for something to change meanwhile. */
class SlowPermission extends TestAuthHandler {
  override checkPermission(): boolean {
    return new Promise((resolve) => setTimeout(() => resolve(true), 100)) as unknown as boolean;
  }
}

describe('defects of the original (reliability 2.4)', () => {
  it('(a) what is published is delivered', async () => {
    const app = await startApp();
    const client = await app.connect();
    await client.subscribe('a');
    await app.subscriptions.broadcast('a', 'hello');
    expect((await client.next('event')).data).toBe('hello');
  });

  it('(b) a permission granted to a connection that has closed meanwhile is not committed', async () => {
    const app = await startApp({ authHandler: { useClass: SlowPermission } });
    await app.connect('?token=token-alice');
    const id = app.registry.list()[0]?.id ?? '';
    const late = app.subscriptions.subscribe(id, ['b']);
    app.registry.disconnect(id);
    expect((await late).failed).toMatchObject([{ channel: 'b', code: 'CONNECTION_CLOSED' }]);
    expect(app.subscriptions.channels()).toEqual([]);
  });

  it('(c) a channel named twice is one subscription and one delivery', async () => {
    const app = await startApp();
    const client = await app.connect();
    expect((await client.subscribe('a', 'a')).data.subscribed).toEqual(['a']);
    expect((await app.subscriptions.broadcast('a', 1)).delivered).toBe(1);
    await client.settle();
    expect(eventValues(client)).toEqual([1]);
  });

  it('(d) a subscribe that partly fails says which channels stand and which do not', async () => {
    const app = await startApp();
    const client = await app.connect();
    const { data } = await client.subscribe('good', 'not good');
    expect(data).toMatchObject({ success: false, subscribed: ['good'], failed: [{ code: 'INVALID_CHANNEL' }] });
    expect(app.subscriptions.channels()).toEqual([{ channel: 'good', subscribers: 1 }]);
  });

  it('(e) pongTimeout is used', async () => {
    const app = await startApp({ pingInterval: 200, pongTimeout: 100, connectionTimeout: 5000 });
    const client = await app.connect();
    client.answersPings = false;
    expect((await client.closed).code).toBe(4001);
  });

  it('(e) enableCompression is used', async () => {
    const extensionsWith = async (enableCompression: boolean): Promise<string> =>
      (await (await startApp({ enableCompression })).connect()).webSocket.extensions;
    expect(await extensionsWith(true)).toContain('permessage-deflate');
    expect(await extensionsWith(false)).toBe('');
  });

  it('(f) a refused token gets an error and a close code', async () => {
    const client = await (await startApp(testAuth)).connect('?token=bad');
    expect((await client.next('auth_response')).data).toMatchObject({ success: false });
    expect((await client.closed).code).toBe(4500);
  });

  it('(g) the configured size is the limit, and a message over it is answered', async () => {
    const client = await (await startApp({ maxMessageSize: 200 })).connect();
    client.send({ type: 'ping', metadata: { padding: 'x'.repeat(200) } });
    expect((await client.next('error')).data).toMatchObject({ code: 'MESSAGE_TOO_LARGE', details: { max: 200 } });
  });

  it.each(['system ', 'ſystem', 'a\u200b', 'x'.repeat(256)])('(h) the name %j reaches no AuthHandler', async (name) => {
    const client = await (await startApp(testAuth)).connect('?token=token-alice');
    expect((await client.subscribe(name)).data).toMatchObject({ failed: [{ code: 'INVALID_CHANNEL' }] });
  });

  it('(i) INTERNAL_ERROR says nothing of the inside', async () => {
    const app = await startApp({}, { providers: [Crash] });
    const client = await app.connect();
    expect((await client.request('crash')).data).toMatchObject({ error: { code: 'INTERNAL_ERROR' } });
    expect(JSON.stringify(client.received)).not.toContain('inner text');
  });

  it('(k) a full buffer is counted and ends in 4002, never in a silent drop', async () => {
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

  it('(m) every message of the server is what the protocol library reads', async () => {
    const app = await startApp(testAuth);
    const client = await app.connect('?token=token-alice');
    await client.subscribe('a', 'not good');
    await client.request('subscriptions');
    await client.request('nobody');
    await app.subscriptions.broadcast('a', { any: ['thing'] });
    await client.ask({ type: 'unsubscribe', data: { channels: ['a'] } });
    await client.ask({ type: 'unknown' });
    expect(client.received.length).toBe(7);
    for (const message of client.received) expect(decode(JSON.stringify(message), 'server').ok).toBe(true);
  });

  it('(j) get_stats before authentication is refused', async () => {
    const client = await (await startApp(testAuth)).connect();
    const answer = await client.ask({ type: 'request', data: { method: 'get_stats' } });
    expect(answer).toMatchObject({ data: { status: 'error', error: { code: 'AUTHENTICATION_REQUIRED' } } });
  });

  it('(l) authentication attempts are limited', async () => {
    const client = await (await startApp(testAuth)).connect();
    for (const token of ['x', 'y', 'z']) client.send({ type: 'auth', data: { token } });
    expect((await client.closed).code).toBe(4500);
    expect(client.received.length).toBe(3);
  });
});
