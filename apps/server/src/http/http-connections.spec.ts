import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpConnections } from './http-connections.js';

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Starts a server whose responses the test controls. */
async function startServer(maxRequests?: number) {
  const asked: Asked[] = [];
  let parsed = 0;
  const connections = new HttpConnections((request, response) => void asked.push({ request, response }), maxRequests);
  const server = createServer();
  server.on('request', () => (parsed += 1));
  connections.watch(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { asked, connections, server, port, parsed: () => parsed };
}

async function open(port: number): Promise<Socket & { answers: string }> {
  const socket = Object.assign(connect(port, '127.0.0.1'), { answers: '' });
  onTestFinished(() => void socket.destroy());
  socket.on('data', (chunk) => (socket.answers += String(chunk)));
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const requests = (count: number, from = 0): string =>
  Array.from({ length: count }, (_none, at) => `GET /${from + at} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');

describe('the pipelined requests of a socket', () => {
  it('are handled one at a time and in order, each after the response to the previous one', async () => {
    const { asked, port } = await startServer();
    const socket = await open(port);
    socket.write(requests(17));
    for (let at = 0; at < 17; at += 1) {
      await expect.poll(() => asked.length, { interval: 2 }).toBe(at + 1);
      expect(asked[at]?.request.url).toBe(`/${at}`);
      asked[at]?.response.end(`answer ${at};`);
    }
    await expect.poll(() => socket.answers).toContain('answer 16;');
    expect(socket.answers.match(/answer \d+/g)).toEqual(asked.map((_asked, at) => `answer ${at}`));
  });

  it('destroy the socket when more than 16 wait, and the rest of the read is not parsed', async () => {
    const { asked, port, parsed } = await startServer();
    const socket = await open(port);
    socket.write(requests(1500));
    await once(socket, 'close');
    expect([asked.length, parsed()]).toEqual([1, 18]);
  });

  it('are limited in number, and the last response closes the socket', async () => {
    const { asked, port } = await startServer(2);
    const socket = await open(port);
    socket.write(requests(3));
    for (let at = 0; at < 2; at += 1) {
      await expect.poll(() => asked.length, { interval: 2 }).toBe(at + 1);
      asked[at]?.response.end();
    }
    await once(socket, 'close');
    expect(socket.answers.match(/^Connection: .*$/gm)).toEqual(['Connection: keep-alive', 'Connection: close']);
    expect(asked.length).toBe(2);
  });

  it('do not wait for the requests of another socket', async () => {
    const { asked, port } = await startServer();
    (await open(port)).write(requests(1));
    (await open(port)).write(requests(1));
    await expect.poll(() => asked.length).toBe(2);
  });
});

describe('the shutdown of the HTTP server', () => {
  it('closes sockets without a complete request, and lets responses in progress be the last of their socket', async () => {
    const { asked, connections, server, port } = await startServer();
    const [silent, half, busy] = await Promise.all([open(port), open(port), open(port)]);
    half?.write('GET / HTTP/1.1\r\nHos');
    busy?.write(requests(1));
    await expect.poll(() => asked.length).toBe(1);
    connections.drain(60_000);
    const closed = new Promise((resolve) => server.close(resolve));
    connections.closeIdle();
    await Promise.all([silent, half].map((socket) => socket && once(socket, 'close')));
    asked[0]?.response.end('done');
    await Promise.all([closed, busy && once(busy, 'close')]);
    expect(busy?.answers).toMatch(/^HTTP\/1\.1 200 OK[^]*Connection: close[^]*done$/);
  });

  it('answers a request that arrives meanwhile, and then closes its socket', async () => {
    const { asked, connections, port } = await startServer();
    const socket = await open(port);
    connections.drain(60_000);
    socket.write(requests(1));
    await expect.poll(() => asked.length).toBe(1);
    asked[0]?.response.end();
    await once(socket, 'close');
    expect(socket.answers).toContain('Connection: close');
  });

  it('cuts a response that takes longer than the shutdown may', async () => {
    const { asked, connections, port } = await startServer();
    const socket = await open(port);
    socket.write(requests(1));
    await expect.poll(() => asked.length).toBe(1);
    connections.drain(50);
    await once(socket, 'close');
    expect(socket.answers).toBe('');
  });
});
