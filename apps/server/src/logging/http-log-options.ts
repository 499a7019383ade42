import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Options } from 'pino-http';
import type { LogLevel } from '../settings/index.js';
import { OutagePace } from './outage-pace.js';
import { redactUrl } from './redact-url.js';

/** Headers that carry secrets, at every level where a logged object may have them. */
const SECRET_PATHS = ['authorization', 'x-api-key', 'cookie', 'set-cookie'].flatMap((header) => [
  `["${header}"]`,
  `headers["${header}"]`,
  `*.headers["${header}"]`,
]);

const UNAVAILABLE = 503;

/** Polled by machines every few seconds; a line for each would drown the others. */
const UNLOGGED = /^\/(?:health|metrics)(?:[/?]|$)/;

/**
 * Logs the method, URL, address and status of requests, without headers, bodies, or secrets in URLs. In an outage every
 * request may be answered with 503: of those one line in ten seconds is logged, with the number `suppressed`.
 */
export function httpLogOptions(level: LogLevel, pace = new OutagePace()): Options {
  return {
    level,
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    autoLogging: { ignore: (request) => UNLOGGED.test(request.url ?? '') },
    customLogLevel: (_request, { statusCode }, error) =>
      statusCode === UNAVAILABLE && !pace.admits() ? 'silent' : levelOf(statusCode, error),
    customErrorObject: (_request, { statusCode }, _error, line: object) =>
      statusCode === UNAVAILABLE ? { ...line, ...pace.suppressed() } : line,
    serializers: { req: describeRequest, res: describeResponse, err: describeError },
    wrapSerializers: false,
  };
}

function levelOf(status: number, error: Error | undefined): LogLevel {
  if (error !== undefined || status >= 500) return 'error';
  return status >= 400 ? 'warn' : 'info';
}

/** In a middleware that is mounted at a path, `url` lacks that path. */
type ExpressRequest = IncomingMessage & { readonly originalUrl?: string };

function describeRequest(request: ExpressRequest): Record<string, unknown> {
  const { id, method, socket } = request;
  return { id, method, url: redactUrl(request.originalUrl ?? request.url ?? ''), client_addr: socket?.remoteAddress };
}

function describeResponse({ statusCode }: ServerResponse): Record<string, unknown> {
  return { status: statusCode };
}

/**
 * Leaves out the fields that libraries add to errors: the body parser adds the whole body.
 * @internal exported for its spec
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  return { type: error.name, message: error.message, stack: error.stack };
}
