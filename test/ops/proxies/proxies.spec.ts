import { CloseCode, parseCloseReason, reconnectRule, subprotocols } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { TestServer } from '../../e2e/test-server.js';
import { TestClient } from '../../support/test-client.js';
import { proxies } from './kinds.js';
import { Proxy, type ProxyKind } from './proxy.js';

const PINGS = 10;

async function behind(kind: ProxyKind, env: Record<string, string> = {}, timeout?: string) {
  const server = await TestServer.start({ SKREAVER_WS_TRUSTED_PROXIES: '127.0.0.1', ...env });
  const change = timeout === undefined ? undefined : kind.timeout?.(timeout);
  return { server, proxy: await Proxy.start(kind, server.port, ...(change ? [change] : [])) };
}

describe.each(proxies)('the configuration of $name', (kind) => {
  it('lets a WebSocket through, with its subprotocol and its compression', async () => {
    const { proxy } = await behind(kind);
    const client = await TestClient.open(proxy.ws, { protocols: [subprotocols.msgpack] });
    expect(client.webSocket.protocol).toBe(subprotocols.msgpack);
    expect(client.webSocket.extensions).toContain('permessage-deflate');
    await client.subscribe('news');
    const published = await proxy.post('/api/publish', { channel: 'news', data: 'hello' });
    expect(await published.json()).toEqual({ delivered: 1 });
    expect(await client.next('event')).toMatchObject({ data: 'hello' });
  });

  it('lets a page of the same site in, on whatever port, and keeps others out', async () => {
    const { proxy } = await behind(kind);
    const from = (origin: string) => TestClient.open(proxy.ws, { origin });
    await (await from(`http://127.0.0.1:${proxy.port}`)).settle();
    await expect(from('http://evil.example')).rejects.toThrow('403');
  });

  it.each(['/metrics', '/health/ready', '/'])('keeps %s inside', async (path) => {
    const { proxy, server } = await behind(kind);
    expect((await proxy.get(path)).status).toBe(404);
    expect((await server.get('/metrics')).status).toBe(200);
  });

  it('keeps a WebSocket on which there are only pings of the server', async () => {
    const env = { SKREAVER_WS_PING_INTERVAL: '400ms', SKREAVER_WS_PONG_TIMEOUT: '390ms' };
    const { proxy } = await behind(kind, env, '1s');
    const client = await TestClient.open(proxy.ws);
    for (let ping = 0; ping < PINGS; ping += 1) await client.next('ping');
    await client.settle();
  });

  it('passes on the code with which the server closes, and the hint when to come back', async () => {
    const { proxy, server } = await behind(kind);
    const [one, two] = [await TestClient.open(proxy.ws), await TestClient.open(proxy.ws)];
    await Promise.all([one.settle(), two.settle()]);
    server.signal('SIGTERM');
    for (const { code, reason } of await Promise.all([one.closed, two.closed])) {
      expect(code).toBe(CloseCode.ServiceRestart);
      expect(parseCloseReason(reason).retryAfterMs).toBeGreaterThanOrEqual(0);
    }
    expect(await server.exited).toBe(0);
  });

  it('passes on the address of the client, and not what the client says of it', async () => {
    const { proxy, server } = await behind(kind, { SKREAVER_WS_MAX_CONNECTIONS_PER_IP: '1' });
    const from = (localAddress: string) =>
      TestClient.open(proxy.ws, { localAddress, headers: { 'X-Forwarded-For': '203.0.113.9' } });
    await (await from('127.0.0.2')).settle();
    await (await from('127.0.0.3')).settle();
    const { connections } = (await (await server.get('/api/connections')).json()) as {
      connections: { client_addr: string }[];
    };
    expect(connections.map((one) => one.client_addr).toSorted()).toEqual(['127.0.0.2', '127.0.0.3']);
    await expect(from('127.0.0.3')).rejects.toThrow('429');
  });

  it(`${kind.keepsWebSocketsAtReload ? 'keeps' : 'cuts'} WebSockets at a reload, and serves the next ones`, async () => {
    const { proxy, server } = await behind(kind);
    const before = await TestClient.open(proxy.ws);
    await before.subscribe('news');
    await proxy.reload();
    const after = await TestClient.open(proxy.ws);
    await after.subscribe('news');
    if (!kind.keepsWebSocketsAtReload) {
      const { code } = await before.closed;
      expect([code, reconnectRule(code)]).toEqual([CloseCode.GoingAway, 'reconnect']);
    } else {
      await server.post('/api/publish', { channel: 'news', data: 1 });
      expect(await before.next('event')).toMatchObject({ data: 1 });
      expect(await after.next('event')).toMatchObject({ data: 1 });
    }
  });
});

describe.each(proxies.filter(({ timeout }) => timeout !== undefined))('the timeout of $name', (kind) => {
  it('cuts a WebSocket on which there is nothing for longer, so that it has to be above pingInterval', async () => {
    const { proxy } = await behind(kind, { SKREAVER_WS_PING_INTERVAL: '30s' }, '1s');
    const client = await TestClient.open(proxy.ws);
    expect((await client.closed).code).toBe(1006);
  });
});
