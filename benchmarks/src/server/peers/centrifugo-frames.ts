import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { verifyToken } from '../token.js';
import { packageVersion } from './package-version.js';
import type { PeerServer } from './peer-server.js';

interface Command {
  readonly id: number;
  readonly connect?: { readonly token: string };
  readonly subscribe?: { readonly channel: string };
}

/**
 * The frames that Centrifugo sends a client in JSON, for the client of it: the server itself is written in Go, and is in no
 * registry of packages that this suite uses. Its own CPU says nothing.
 */
export async function startCentrifugoFrames(): Promise<PeerServer> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, path: '/connection/websocket' });
  const subscribers = new Set<WebSocket>();
  let offset = 0;
  server.on('connection', (client) => {
    client.on('close', () => subscribers.delete(client));
    client.on('message', (lines: Buffer) => {
      // Commands of one turn come in one frame, one a line.
      for (const line of lines.toString().split('\n')) void answer(client, JSON.parse(line) as Command, subscribers);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    port: (http.address() as AddressInfo).port,
    versions: { centrifuge: packageVersion('centrifuge') },
    changed: ['frames by hand, as Centrifugo is not run here'],
    publish(channel, data) {
      const frame = JSON.stringify({ push: { channel, pub: { data, offset: (offset += 1) } } });
      for (const client of subscribers) client.send(frame);
    },
  };
}

async function answer(
  client: WebSocket,
  { id, connect, subscribe }: Command,
  subscribers: Set<WebSocket>,
): Promise<void> {
  if (connect) {
    await verifyToken(connect.token);
    client.send(JSON.stringify({ id, connect: { client: 'c', version: '0', ping: 25, pong: true } }));
  } else if (subscribe) {
    client.send(JSON.stringify({ id, subscribe: { recoverable: true, epoch: 'e', positioned: true } }));
    subscribers.add(client);
  }
}
