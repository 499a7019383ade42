import { RETRY_AFTER_MS } from '../../timers/index.js';
import type { UpgradeRejection } from '../host/upgrade-rejection.js';

const RETRY_AFTER_S = RETRY_AFTER_MS / 1000;

/** Rejections that the transport decides by itself (PROTOCOL §1). */
export const rejections = {
  malformed: {
    status: 400,
    code: 'BAD_REQUEST',
    message: 'This is not a valid WebSocket handshake (RFC 6455 section 4.1).',
    reason: 'malformed',
  },
  version: {
    status: 400,
    code: 'BAD_REQUEST',
    message: 'Only WebSocket version 13 is spoken here.',
    reason: 'malformed',
    headers: { 'Sec-WebSocket-Version': '13' },
  },
  subprotocol: {
    status: 400,
    code: 'UNKNOWN_SUBPROTOCOL',
    message: 'Offer the subprotocol skreaver.v1, or none.',
    reason: 'subprotocol',
  },
  unreadableToken: {
    status: 400,
    code: 'BAD_REQUEST',
    message: 'The token cannot be read; send one subprotocol bearer.<base64url>, or one cookie of its name.',
    reason: 'malformed',
  },
  headTooLarge: {
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    message:
      'The head of the request is too large; send a long token in an auth message, or raise maxHeaderSize of Node.',
    reason: 'malformed',
  },
  origin: {
    status: 403,
    code: 'ORIGIN_NOT_ALLOWED',
    message: 'Pages of this origin may not connect; the server has to list it in allowedOrigins.',
    reason: 'origin',
  },
  host: {
    status: 403,
    code: 'HOST_NOT_ALLOWED',
    message: 'The server may not be reached by this Host; it has to be listed in allowedHosts.',
    reason: 'host',
  },
  path: { status: 404, code: 'NOT_FOUND', message: 'No WebSocket is served at this path.', reason: 'path' },
  full: {
    status: 503,
    code: 'CONNECTION_LIMIT_EXCEEDED',
    message: 'Too many upgrades are waiting for their answer; try again.',
    reason: 'server_full',
    retryAfter: RETRY_AFTER_S,
  },
  draining: {
    status: 503,
    code: 'SERVICE_RESTART',
    message: 'The server is shutting down; connect again after the time in Retry-After.',
    reason: 'draining',
    retryAfter: RETRY_AFTER_S,
  },
  internal: {
    status: 500,
    code: 'INTERNAL_ERROR',
    message: 'The connection could not be set up; try again.',
    reason: 'internal',
  },
} as const satisfies Record<string, UpgradeRejection>;
