import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { parseCloseReason } from '@skreaver/protocol';
import { freePort } from '../support/free-port.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from './test-server.js';

describe('the standalone server, when it shuts down', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'closes its clients with 1012 and a time to return at %s, and exits with 0',
    async (signal) => {
      const server = await TestServer.start();
      const clients = await Promise.all([1, 2, 3].map(() => TestClient.open(server.ws)));
      server.signal(signal);
      for (const client of clients) {
        const { code, reason } = await client.closed;
        expect(code).toBe(1012);
        expect(parseCloseReason(reason).retryAfterMs).toBeGreaterThanOrEqual(0);
      }
      expect(await server.exited).toBe(0);
    },
  );

  it('leaves its port to the next start at once, as nest start --watch restarts it, while clients are connected', async () => {
    const port = String(await freePort());
    for (let starts = 0; starts < 2; starts += 1) {
      const server = await TestServer.start({ SKREAVER_WS_PORT: port });
      const client = await TestClient.open(server.ws);
      const began = performance.now();
      // The Nest CLI sends SIGTERM, and starts the next process when this one has exited.
      server.signal('SIGTERM');
      expect((await client.closed).code).toBe(1012);
      expect(await server.exited).toBe(0);
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(server.stderr).not.toContain('EADDRINUSE');
    }
  });

  it('is not ready while it drains, and ends in time though a client does not leave', async () => {
    const server = await TestServer.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '2s' });
    const client = await TestClient.open(server.ws);
    client.webSocket.pause();
    const began = performance.now();
    server.signal('SIGTERM');
    await expect.poll(async () => (await server.get('/health/ready')).status, { interval: 20 }).toBe(503);
    expect(await (await server.get('/health/ready')).json()).toMatchObject({
      status: 'error',
      details: { websocket: { status: 'down', draining: true, connections: expect.any(Number) } },
    });
    expect((await server.get('/health/live')).status).toBe(200);
    await expect(TestClient.open(server.ws)).rejects.toThrow('503');
    expect(await server.exited).toBe(0);
    expect(performance.now() - began).toBeLessThan(3500);
  });

  it('refuses publications from the moment it drains, and says when to try again', async () => {
    const server = await TestServer.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '2s' });
    (await TestClient.open(server.ws)).webSocket.pause();
    server.signal('SIGTERM');
    await expect.poll(async () => (await server.get('/health/ready')).status, { interval: 20 }).toBe(503);
    const one = { channel: 'a', data: 1 };
    for (const body of [one, { messages: [one, one] }]) {
      const answer = await server.post('/api/publish', body);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await answer.json()).toEqual({ code: 'SERVICE_RESTART', message: expect.any(String) });
    }
  });

  it('does not wait for connections without a complete request head', async () => {
    const server = await TestServer.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '10s' });
    const silent = await server.connect('');
    const half = await server.connect('GET /health/live HTTP/1.1\r\nHos');
    const idle = await server.connect('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(idle, 'data');
    const began = performance.now();
    server.signal('SIGTERM');
    await Promise.all([silent, half, idle].map((socket) => once(socket, 'close')));
    expect(await server.exited).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('cuts a request whose body is incomplete once shutdownTimeout is over', async () => {
    const server = await TestServer.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '1s' });
    const head = 'POST /api/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const socket = await server.connect(`${head}Content-Length: 100\r\n\r\n{`);
    expect((await server.get('/health/live')).status).toBe(200);
    const began = performance.now();
    server.signal('SIGTERM');
    await once(socket, 'close');
    expect(await server.exited).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(900);
    expect(performance.now() - began).toBeLessThan(4000);
  });

  it('ends at once at the second SIGINT', async () => {
    const server = await TestServer.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '60s' });
    (await TestClient.open(server.ws)).webSocket.pause();
    server.signal('SIGINT');
    await expect.poll(async () => (await server.get('/health/ready')).status, { interval: 20 }).toBe(503);
    server.signal('SIGINT');
    expect(await server.exited).toBe(130);
  });
});
