import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HardenedExpressAdapter } from './hardened-express-adapter.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

async function serve(body: Buffer, change: (server: Server) => void): Promise<Socket> {
  const adapter = new HardenedExpressAdapter(1000);
  adapter.initHttpServer();
  const server = adapter.getHttpServer() as Server;
  change(server);
  adapter.get('/', (_request: unknown, response: { end(content: Buffer): void }) => response.end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('a socket of the HTTP server', () => {
  it('is destroyed when its peer does not read the response', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const socket = await serve(Buffer.alloc(50_000_000), (server) => {
      expect(server.timeout).toBe(30_000);
      server.timeout = 200;
      closed = once(server, 'connection').then(([accepted]: Socket[]) => accepted && once(accepted, 'close'));
    });
    socket.pause();
    socket.write(REQUEST);
    await closed;
  });
});
