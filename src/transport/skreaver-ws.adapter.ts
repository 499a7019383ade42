import { type Server, type IncomingMessage, createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { WsAdapter } from '@nestjs/platform-ws';
import type { MessageMappingProperties } from '@nestjs/websockets';
import { type ClientMessage, type ClientMessageType, clientMessageTypes } from '@skreaver/protocol';
import { type Observable, isObservable, lastValueFrom } from 'rxjs';
import { ClientSocket } from './client-socket.js';
import { pathOf } from './handshake.js';
import type { Client, MessageHandler } from './socket-host.js';
import { UpgradeGate } from './upgrade-gate.js';

/** Nest's word for "the port of the application's own HTTP server". */
const APPLICATION_PORT = 0;

/** Options of the one gateway that this adapter serves itself; every other gateway is served as by plain `WsAdapter`. */
export const SKREAVER_GATEWAY = { path: 'skreaver-ws-gateway', skreaver: true } as const;

/** A gateway of the application on `WsAdapter`: a `ws` server, with the path that the base class noted on it. */
interface PlainServer {
  readonly path: string;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (client: unknown) => void): void;
  emit(event: 'connection', client: unknown, request: IncomingMessage): void;
}

/**
 * The WebSocket adapter that the module installs by itself. It takes the `upgrade` event of the application's HTTP server:
 * requests of our path go through the {@link UpgradeGate}, those of other gateways to their own servers, the rest is 404.
 */
export class SkreaverWsAdapter extends WsAdapter {
  private handlerOrder: readonly number[] | undefined;

  constructor(
    private readonly gate: UpgradeGate,
    /** Read late: Nest makes the HTTP server after the modules. */
    private readonly applicationServer: () => Server | undefined,
  ) {
    super();
  }

  override create(port: number, options: Record<string, unknown> & { path?: string } = {}): unknown {
    this.adoptApplicationServer();
    if (options['skreaver'] === true) {
      this.ensureHttpServerExists(APPLICATION_PORT, this.httpServer as Server);
      return this.gate;
    }
    if (port === APPLICATION_PORT && trimmed(options.path) === trimmed(this.gate.path)) {
      throw new Error(
        `A gateway has the path ${this.gate.path}, which SkreaverWsModule serves. Give one of them another.`,
      );
    }
    return super.create(port, options);
  }

  override bindClientConnect(server: unknown, callback: (client: unknown) => void): void {
    if (server instanceof UpgradeGate) server.onConnection(callback);
    else super.bindClientConnect(server, callback);
  }

  override bindMessageHandlers(
    client: unknown,
    handlers: MessageMappingProperties[],
    transform: (data: unknown) => Observable<unknown>,
  ): void {
    if (!isOurs(client)) return super.bindMessageHandlers(client, handlers, transform);
    this.handlerOrder ??= clientMessageTypes.map((type) => indexOfHandler(handlers, type));
    client.socket.bind(this.handlerOrder.map((index) => resolving(handlers[index]?.callback as NestHandler)));
  }

  override bindClientDisconnect(client: unknown, callback: (...parameters: unknown[]) => void): void {
    if (!isOurs(client)) super.bindClientDisconnect(client, callback);
  }

  override async close(server: unknown): Promise<void> {
    if (server instanceof UpgradeGate) server.close();
    else await super.close(server);
  }

  override async dispose(): Promise<void> {
    this.applicationServer()?.off('upgrade', this.onUpgrade);
    await super.dispose();
  }

  protected override ensureHttpServerExists(port: number, server: Server = createServer()): Server | undefined {
    if (port !== APPLICATION_PORT) return super.ensureHttpServerExists(port, server);
    if (this.httpServersRegistry.has(port)) return undefined;
    this.httpServersRegistry.set(port, server);
    server.on('upgrade', this.onUpgrade);
    return server;
  }

  private readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = pathOf(request.url);
    if (path === this.gate.path) {
      void this.gate.handleUpgrade(request, socket, head);
      return;
    }
    const plain = this.plainServers().find((server) => server.path === path);
    if (plain !== undefined) {
      plain.handleUpgrade(request, socket, head, (client) => plain.emit('connection', client, request));
    } else if ((this.applicationServer()?.listenerCount('upgrade') ?? 0) === 1) {
      // With another listener it is for that one to say.
      this.gate.refusePath(request, socket);
    }
  };

  private plainServers(): readonly PlainServer[] {
    return this.wsServersRegistry.get(APPLICATION_PORT) ?? [];
  }

  private adoptApplicationServer(): void {
    const server = this.applicationServer();
    if (server === undefined)
      throw new Error('SkreaverWsModule needs an HTTP server: create the app with NestFactory.create.');
    // Declared readonly for subclasses, but there is no later chance to hand it over.
    Reflect.set(this, 'httpServer', server);
  }
}

function isOurs(client: unknown): client is { readonly socket: ClientSocket } {
  return (client as Partial<Client> | undefined)?.socket instanceof ClientSocket;
}

/** What Nest makes of a gateway's method. */
type NestHandler = (message: ClientMessage) => Promise<unknown>;

/** With an interceptor of the application around it a method runs only when its stream is read. */
function resolving(handler: NestHandler): MessageHandler {
  return async (message) => {
    const result = await handler(message);
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  };
}

function indexOfHandler(handlers: readonly MessageMappingProperties[], type: ClientMessageType): number {
  const index = handlers.findIndex((handler) => handler.message === type);
  if (index < 0) throw new Error(`The gateway has no handler for the message type "${type}".`);
  return index;
}

function trimmed(path: string | undefined): string {
  return (path ?? '').replace(/^\/+|\/+$/g, '');
}
