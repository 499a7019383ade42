import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { tlsFixture } from '../tls-fixture.js';
import { tokenIn, verifyToken } from '../token.js';
import { packageVersion } from './package-version.js';
import type { PeerOptions, PeerServer } from './peer-server.js';
import { pauseAnswer, type PlainJsonMessage } from './plain-json-messages.js';

/** Starts a server on `ws` in its usual simple design: a Set of subscribers for each channel, and a loop of `send`. */
export async function startBareWs({ compression, tls }: PeerOptions): Promise<PeerServer> {
  const http = tls ? createTlsServer(tlsFixture()) : createServer();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: compression });
  const channels = new Channels();
  http.on('upgrade', (request, socket, head) => {
    verifyToken(tokenIn(request)).then(
      (user) => server.handleUpgrade(request, socket, head, (client) => welcome(client, user, channels)),
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    port: (http.address() as AddressInfo).port,
    versions: { ws: packageVersion('ws') },
    changed: compression ? ['perMessageDeflate: true'] : [],
    publish: (channel, event) => {
      const text = JSON.stringify({ type: 'event', channel, data: event });
      for (const client of channels.subscribersOf(channel)) {
        if (client.readyState === WebSocket.OPEN) client.send(text);
      }
    },
  };
}

class Channels {
  private readonly subscribers = new Map<string, Set<WebSocket>>();

  subscribersOf(channel: string): Set<WebSocket> {
    let subscribers = this.subscribers.get(channel);
    if (subscribers === undefined) this.subscribers.set(channel, (subscribers = new Set()));
    return subscribers;
  }

  leave(channel: string, client: WebSocket): void {
    const subscribers = this.subscribers.get(channel);
    if (subscribers?.delete(client) === true && subscribers.size === 0) this.subscribers.delete(channel);
  }
}

function welcome(client: WebSocket, user: string, channels: Channels): void {
  const own = new Set<string>();
  client.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as PlainJsonMessage;
    if (message.type === 'request') {
      client.send(pauseAnswer(message.id, message.params, user));
      return;
    }
    for (const channel of message.channels) {
      own.add(channel);
      channels.subscribersOf(channel).add(client);
    }
    client.send(JSON.stringify({ type: 'subscribed', channels: message.channels }));
  });
  client.on('close', () => own.forEach((channel) => channels.leave(channel, client)));
  client.on('error', () => {});
}
