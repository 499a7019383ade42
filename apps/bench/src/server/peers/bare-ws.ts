import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { AgentEvent } from '../agent-event.js';
import { bearerOf, verifyToken } from '../token.js';
import { packageVersion } from './package-version.js';
import type { PeerOptions, PeerServer } from './peer-server.js';

type ClientMessage =
  | { readonly type: 'subscribe'; readonly channels: readonly string[] }
  | { readonly type: 'request'; readonly id: string; readonly params: unknown };

/** Subscribers by channel in Sets, a loop of `send`: what most write first. */
class BareWsServer implements PeerServer {
  readonly versions = { ws: packageVersion('ws') };
  readonly changed: readonly string[];
  private readonly http = createServer();
  private readonly channels = new Map<string, Set<WebSocket>>();
  private readonly sockets: WebSocketServer;

  constructor({ compression }: PeerOptions) {
    this.sockets = new WebSocketServer({ noServer: true, perMessageDeflate: compression });
    this.changed = compression ? ['perMessageDeflate: true'] : [];
    this.http.on('upgrade', (request, socket, head) => {
      verifyToken(bearerOf(request.headers.authorization)).then(
        () => this.sockets.handleUpgrade(request, socket, head, (client) => this.welcome(client)),
        () => socket.destroy(),
      );
    });
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve));
  }

  publish(channel: string, event: AgentEvent): void {
    const text = JSON.stringify({ type: 'event', channel, data: event });
    for (const client of this.channels.get(channel) ?? []) {
      if (client.readyState === WebSocket.OPEN) client.send(text);
    }
  }

  private welcome(client: WebSocket): void {
    client.on('message', (data: Buffer) => this.handle(client, JSON.parse(data.toString()) as ClientMessage));
    client.on('close', () => this.forget(client));
    client.on('error', () => {});
  }

  private handle(client: WebSocket, message: ClientMessage): void {
    if (message.type === 'request') {
      client.send(JSON.stringify({ type: 'response', id: message.id, result: message.params }));
      return;
    }
    for (const channel of message.channels) this.subscribersOf(channel).add(client);
    client.send(JSON.stringify({ type: 'subscribed', channels: message.channels }));
  }

  private subscribersOf(channel: string): Set<WebSocket> {
    let subscribers = this.channels.get(channel);
    if (subscribers === undefined) this.channels.set(channel, (subscribers = new Set()));
    return subscribers;
  }

  private forget(client: WebSocket): void {
    for (const [channel, subscribers] of this.channels) {
      if (subscribers.delete(client) && subscribers.size === 0) this.channels.delete(channel);
    }
  }
}

export async function startBareWs(options: PeerOptions): Promise<PeerServer> {
  const server = new BareWsServer(options);
  await server.listen();
  return server;
}
