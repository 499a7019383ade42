import { createServer, type RequestListener, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ExpressAdapter } from '@nestjs/platform-express';
import { HttpConnections } from './http-connections.js';

/** A request head that is incomplete by then gets 408. The check runs every second. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const CHECK_INTERVAL_MS = 1000;
/** A socket without traffic for so long is closed, for example if the peer does not read its response. */
const STALLED_MS = 30_000;

const refusals = {
  timeout: { status: 408, code: 'REQUEST_TIMEOUT', message: 'The request was not sent in time.' },
  tooLarge: { status: 431, code: 'HEADERS_TOO_LARGE', message: 'The headers of the request are too large.' },
  malformed: { status: 400, code: 'BAD_REQUEST', message: 'This is not a valid HTTP request.' },
} as const;

/**
 * Express on an HTTP server that does not wait for peers: for slow requests, for requests pipelined faster than it
 * answers, or for open connections at shutdown.
 */
export class HardenedExpressAdapter extends ExpressAdapter {
  private readonly connections = new HttpConnections((request, response) => {
    this.getInstance<RequestListener>()(request, response);
  });

  /** @param shutdownTimeout milliseconds from the start of the shutdown until every response must have ended */
  constructor(private readonly shutdownTimeout: number) {
    super();
  }

  override initHttpServer(): void {
    const server = createServer({
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    });
    server.timeout = STALLED_MS;
    server.on('clientError', refuse);
    this.connections.watch(server);
    this.setHttpServer(server);
  }

  override beforeClose(): void {
    super.beforeClose();
    this.connections.drain(this.shutdownTimeout);
  }

  override close(): Promise<unknown> | undefined {
    const closed = super.close();
    this.connections.closeIdle();
    return closed;
  }
}

/** Answers bytes that did not become a request, with JSON like every other error. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, code, message } = refusalOf(error.code);
  const body = JSON.stringify({ code, message });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function refusalOf(code: string | undefined): (typeof refusals)[keyof typeof refusals] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refusals.timeout;
  return code === 'HPE_HEADER_OVERFLOW' ? refusals.tooLarge : refusals.malformed;
}
