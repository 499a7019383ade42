import { createServer, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ExpressAdapter } from '@nestjs/platform-express';

/** A head that is not complete by then gets 408, and the check for it runs each second (reliability of slow peers). */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const CHECK_INTERVAL_MS = 1000;

const refusals = {
  timeout: { status: 408, code: 'REQUEST_TIMEOUT', message: 'The request was not sent in time.' },
  tooLarge: { status: 431, code: 'HEADERS_TOO_LARGE', message: 'The headers of the request are too large.' },
  malformed: { status: 400, code: 'BAD_REQUEST', message: 'This is not a valid HTTP request.' },
} as const;

/** Express on an HTTP server that does not wait for peers which drip their request. */
export class HardenedExpressAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    const server = createServer(
      {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: CHECK_INTERVAL_MS,
      },
      this.getInstance(),
    );
    server.on('clientError', refuse);
    this.setHttpServer(server);
  }
}

/** Answers what did not become a request; JSON as everywhere. */
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
