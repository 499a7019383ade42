import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectionFailure } from '../../metrics/index.js';

/** Plain HTTP answer to an upgrade request that is rejected (PROTOCOL §1). */
export interface UpgradeRejection {
  readonly status: 400 | 403 | 404 | 405 | 429 | 431 | 500 | 503 | 504;
  readonly code: string;
  readonly message: string;
  readonly reason: ConnectionFailure;
  /** Seconds; sent as `Retry-After`. */
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Sends the HTTP answer, and destroys the socket once the kernel has taken it, without waiting for the peer to close.
 */
export function reject(socket: Duplex, rejection: UpgradeRejection): void {
  const body = `${JSON.stringify({ code: rejection.code, message: rejection.message })}\n`;
  const headers = {
    Connection: 'close',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    ...(rejection.retryAfter === undefined ? {} : { 'Retry-After': String(rejection.retryAfter) }),
    ...rejection.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${rejection.status} ${STATUS_CODES[rejection.status]}\r\n${lines.join('')}\r\n${body}`);
}
