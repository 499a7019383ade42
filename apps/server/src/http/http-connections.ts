import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { stopParsingWhenDestroyed } from './stop-parsing.js';

/** The most pipelined requests of a socket that may wait. Beyond it the socket is destroyed. */
const MAX_WAITING = 16;
/** The most requests of a socket. The last response has `Connection: close` and ends it. */
const MAX_REQUESTS = 1000;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Connection {
  handled: number;
  current: Exchange | undefined;
  readonly waiting: Exchange[];
}

/**
 * Serializes pipelined requests (RFC 9112 §9.3.2). Each socket has one request in progress; the next one starts in a
 * later event-loop turn. At shutdown, idle sockets are closed at once, and the others after their response.
 */
export class HttpConnections {
  private readonly connections = new Map<Socket, Connection>();
  private draining = false;

  constructor(
    private readonly listener: RequestListener,
    private readonly maxRequests: number = MAX_REQUESTS,
  ) {}

  watch(server: Server): void {
    server.on('connection', (socket) => this.opened(socket));
    server.on('request', (request, response) => this.asked({ request, response }));
  }

  /** From now on each response is the last one of its socket. After `withinMs` all sockets are destroyed. */
  drain(withinMs: number): void {
    this.draining = true;
    for (const { current } of this.connections.values()) if (current) this.sayLast(current.response);
    setTimeout(() => this.destroy(() => true), withinMs).unref();
  }

  /** Destroys the sockets without a complete request, since closing the server would wait for them. */
  closeIdle(): void {
    this.destroy(({ current }) => current === undefined);
  }

  private destroy(which: (connection: Connection) => boolean): void {
    for (const [socket, connection] of this.connections) if (which(connection)) socket.destroy();
  }

  private opened(socket: Socket): void {
    stopParsingWhenDestroyed(socket);
    if (this.connections.has(socket)) return;
    this.connections.set(socket, { handled: 0, current: undefined, waiting: [] });
    socket.once('close', () => this.connections.delete(socket));
  }

  private asked(exchange: Exchange): void {
    const { socket } = exchange.request;
    const connection = this.connections.get(socket);
    if (connection === undefined || socket.destroyed) return;
    if (connection.current === undefined) this.begin(connection, exchange);
    else if (connection.waiting.length < MAX_WAITING) connection.waiting.push(exchange);
    else socket.destroy();
  }

  private begin(connection: Connection, exchange: Exchange): void {
    const { request, response } = exchange;
    connection.current = exchange;
    connection.handled += 1;
    if (this.draining || connection.handled === this.maxRequests) this.sayLast(response);
    response.once('close', () => setImmediate(() => this.goOn(connection)));
    this.listener(request, response);
  }

  private goOn(connection: Connection): void {
    connection.current = undefined;
    const next = connection.waiting.shift();
    if (next !== undefined && !next.request.socket.destroyed) this.begin(connection, next);
  }

  private sayLast(response: ServerResponse): void {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  }
}
