import type { IncomingMessage, ServerResponse } from 'node:http';
import { indexOfKey } from '../authentication/index.js';
import { type ApiAccess, isLoopback, Variable } from '../settings/index.js';

export type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const BEARER = /^bearer +(\S+) *$/i;

/**
 * Lets a request of `/api` pass or answers it. A middleware and not a guard, because guards run after the body is read:
 * who has no key shall not have a body parsed.
 */
export function apiGate(access: ApiAccess): Middleware {
  return (request, response, next) => {
    const refusal = refusalOf(access, request);
    if (refusal === undefined) next();
    else refuse(response, refusal);
  };
}

interface Refusal {
  readonly status: 401 | 403;
  readonly code: string;
  readonly message: string;
}

function refusalOf(access: ApiAccess, request: IncomingMessage): Refusal | undefined {
  if (access.kind === 'open') return isFromThisMachine(request) ? undefined : notLocal;
  if (access.kind === 'closed') return closed;
  return keysIn(request).some((key) => indexOfKey(key, access.hashes) >= 0) ? undefined : keyNeeded;
}

const unauthorized = (message: string): Refusal => ({ status: 401, code: 'AUTHENTICATION_REQUIRED', message });

const closed = unauthorized(`The API is closed: no key is set. Set ${Variable.PublishKeys} on the server.`);

const keyNeeded = unauthorized(
  `Send a key of ${Variable.PublishKeys} as "Authorization: Bearer <key>" or as "X-API-Key: <key>".`,
);

const notLocal: Refusal = {
  status: 403,
  code: 'PERMISSION_DENIED',
  message: `Without keys the API is for this machine only, under a loopback name. Set ${Variable.PublishKeys} on the server.`,
};

/** The address is bound by the server; a name is checked too, as a web page can have its own name lead here (DNS rebinding). */
function isFromThisMachine({ headers }: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  return isLoopback(host);
}

function keysIn({ headers }: IncomingMessage): readonly string[] {
  const bearer = BEARER.exec(headers.authorization ?? '')?.[1];
  const named = headers['x-api-key'];
  return [bearer, typeof named === 'string' ? named : undefined].filter((key) => key !== undefined);
}

function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Connection', 'close');
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="skreaver-ws"');
  response.end(JSON.stringify({ code, message }));
}
