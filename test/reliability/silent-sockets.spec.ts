import { once } from 'node:events';
import type { Server } from 'node:http';
import { type Socket, connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type TestApp, startApp } from '../support/test-app.js';

/** TCP connections that send nothing, from an address of this machine. */
async function silent(app: TestApp, count: number, localAddress = '127.0.0.1'): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect({ port: app.port, host: '127.0.0.1', localAddress }));
  for (const socket of sockets) {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  }
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

/** How many the server holds. */
async function heldBy(app: TestApp): Promise<number> {
  const server = app.app.getHttpServer() as Server;
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}

it('silent TCP connections are bounded per address, and other addresses can still connect', async () => {
  const app = await startApp({ maxConnectionsPerIp: 2, maxHttpSocketsPerIp: 5 });
  const sockets = await silent(app, 50);
  let cut = 0;
  await new Promise<void>((resolve) => {
    for (const socket of sockets) socket.once('close', () => (cut += 1) === 43 && resolve());
  });
  expect(await heldBy(app)).toBe(7);
  expect(app.log.of('connection cut')).toMatchObject([{ client_addr: '127.0.0.1', reason: 'socket_limit' }]);
  await app.connect('', { localAddress: '127.0.0.2' });
});

it('silent TCP connections of a trusted proxy are not bounded, as they belong to many clients', async () => {
  const app = await startApp({ maxConnectionsPerIp: 2, maxHttpSocketsPerIp: 5, trustedProxies: ['127.0.0.1'] });
  await silent(app, 20);
  await app.connect();
  expect(await heldBy(app)).toBe(21);
});
