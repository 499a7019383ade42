import { type Server, type IncomingMessage, createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WsAdapter } from '@nestjs/platform-ws';
import { pathOf } from '../host/handshake.js';
import { interceptUpgrades } from './intercept-upgrades.js';
import { serveAsOrdinary, upgradesOffered } from './ordinary-request.js';
import type { PlainGateways } from './plain-gateways.js';
import { UpgradeHandler } from './upgrade-handler.js';

/** Nest's value for the port of the application's own HTTP server. */
const APPLICATION_PORT = 0;

/**
 * Options of the one gateway that this adapter serves itself; every other gateway is served as by plain `WsAdapter`.
 */
export const SKREAVER_GATEWAY = { path: 'skreaver-ws-gateway', skreaver: true } as const;

/** A gateway of the application on `WsAdapter`: a `ws` server, with the path that the base class noted on it. */
interface PlainServer {
  readonly path: string;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (client: unknown) => void): void;
  emit(event: 'connection', client: unknown, request: IncomingMessage): void;
}

/**
 * The WebSocket adapter that the module installs by itself. It is asked first about every upgrade of the application's
 * HTTP server: requests of our path go to the {@link UpgradeHandler}, those of other gateways to their own servers.
 * Other protocols are ordinary requests; the rest is left to other listeners, and gets 404 when none answers.
 */
export class SkreaverWsAdapter extends WsAdapter {
  /** Ends the interception, by server. */
  private readonly releases = new Map<Server, () => void>();
  private readonly attached = new Set<Server>();

  constructor(
    private readonly upgrades: UpgradeHandler,
    private readonly gateways: PlainGateways,
    /** Read late, since Nest creates the HTTP server after the modules. */
    private readonly applicationServer: () => Server | undefined,
  ) {
    super();
  }

  override create(port: number, options: Record<string, unknown> & { path?: string } = {}): unknown {
    this.adoptApplicationServer();
    this.gateways.containEvents();
    if (options['skreaver'] === true) {
      this.ensureHttpServerExists(APPLICATION_PORT, this.httpServer as Server);
      return this.upgrades;
    }
    if (port === APPLICATION_PORT && trimmed(options.path) === trimmed(this.upgrades.path)) {
      throw new Error(
        `A gateway has the path ${this.upgrades.path}, which SkreaverWsModule serves. Give one of them another.`,
      );
    }
    return super.create(port, this.gateways.containHandshake(options));
  }

  /** Does nothing: the upgrade handler passes clients and their messages to its `ConnectionHandler`. */
  override bindClientConnect(server: unknown, callback: (client: unknown) => void): void {
    if (!(server instanceof UpgradeHandler)) super.bindClientConnect(server, callback);
  }

  override async close(server: unknown): Promise<void> {
    if (server instanceof UpgradeHandler) server.close();
    else await super.close(server);
  }

  /** @throws Error before the application's own server is served, and after the end */
  attach(server: Server): void {
    if (this.releases.size === 0) {
      throw new Error('A server can be attached between app.init() and app.close() only.');
    }
    if (this.releases.has(server)) return;
    this.intercept(server);
    this.attached.add(server);
  }

  override async dispose(): Promise<void> {
    for (const release of this.releases.values()) release();
    this.releases.clear();
    await Promise.all([...Array.from(this.attached, closed), super.dispose()]);
    this.attached.clear();
  }

  protected override ensureHttpServerExists(port: number, server: Server = createServer()): Server | undefined {
    if (port !== APPLICATION_PORT) return super.ensureHttpServerExists(port, server);
    if (this.httpServersRegistry.has(port)) return undefined;
    this.httpServersRegistry.set(port, server);
    this.intercept(server);
    return server;
  }

  private intercept(server: Server): void {
    const letGo = interceptUpgrades(server, (...upgrade) => this.takeUpgrade(server, ...upgrade));
    const count = (socket: Socket): void => this.upgrades.accept(socket);
    // Before the server's own listener, which creates a parser.
    server.prependListener('connection', count);
    this.releases.set(server, () => {
      server.off('connection', count);
      letGo();
    });
  }

  private takeUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (isMadeUp(request)) return false;
    // One listener is ours, without which Node would emit no upgrade.
    const hasOthers = server.listenerCount('upgrade') > 1;
    const offered = upgradesOffered(request);
    if (offered.includes('websocket')) {
      // WebSocket servers compare the whole header.
      request.headers.upgrade = 'websocket';
      return this.takeWebSocket(request, socket, head) || this.leaveToOthers(hasOthers, request, socket);
    }
    if (hasOthers && !offered.includes('h2c')) return this.leaveToOthers(hasOthers, request, socket);
    serveAsOrdinary(server, request, socket, head);
    return true;
  }

  private takeWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const path = pathOf(request.url);
    if (path === this.upgrades.path) {
      void this.upgrades.handleUpgrade(request, socket, head);
      return true;
    }
    const plain = this.plainServers().find((server) => server.path === path);
    plain?.handleUpgrade(request, socket, head, (client) => plain.emit('connection', client, request));
    return plain !== undefined;
  }

  private leaveToOthers(hasOthers: boolean, request: IncomingMessage, socket: Duplex): boolean {
    if (hasOthers) return !this.upgrades.watch(request, socket);
    this.upgrades.rejectPath(request, socket);
    return true;
  }

  private plainServers(): readonly PlainServer[] {
    return this.wsServersRegistry.get(APPLICATION_PORT) ?? [];
  }

  private adoptApplicationServer(): void {
    const server = this.applicationServer();
    if (server === undefined)
      throw new Error('SkreaverWsModule needs an HTTP server: create the app with NestFactory.create.');
    // Declared readonly for subclasses, but the constructor is too early to set it.
    Reflect.set(this, 'httpServer', server);
  }
}

/** `injectWS` of `@fastify/websocket` emits an upgrade that came over no connection, and expects its own answer. */
function isMadeUp({ socket }: { readonly socket: Socket | undefined }): boolean {
  return socket === undefined;
}

function trimmed(path: string | undefined): string {
  return (path ?? '').replace(/^\/+|\/+$/g, '');
}

/** Closes a server, and waits for the requests that it is still answering. One that is closed already stays so. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
