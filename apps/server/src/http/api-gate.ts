import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackHost } from '@skreaver/protocol';
import { indexOfKey } from '../authentication/index.js';
import { type ApiAccess, Variable } from '../settings/index.js';

export type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const BEARER = /^bearer +(\S+) *$/i;

/**
 * Checks access to the API. A middleware, because guards run after the body is read: a request without a key must not
 * have its body parsed.
 */
export function apiGate(access: ApiAccess, variable: string = Variable.PublishKeys): Middleware {
  const refusals = refusalsNaming(variable);
  return (request, response, next) => {
    const refusal = refusalOf(access, request, refusals);
    if (refusal === undefined) next();
    else refuse(response, refusal);
  };
}

interface Refusal {
  readonly status: 401 | 403;
  readonly code: string;
  readonly message: string;
}

interface Refusals {
  readonly closed: Refusal;
  readonly keyNeeded: Refusal;
  readonly notLocal: Refusal;
}

const unauthorized = (message: string): Refusal => ({ status: 401, code: 'AUTHENTICATION_REQUIRED', message });

/** @param variable the environment variable for the keys */
function refusalsNaming(variable: string): Refusals {
  return {
    closed: unauthorized(`This is closed: no key is set. Set ${variable} on the server.`),
    keyNeeded: unauthorized('Send a key of the server as "Authorization: Bearer <key>" or as "X-API-Key: <key>".'),
    notLocal: {
      status: 403,
      code: 'PERMISSION_DENIED',
      message: `Without keys this is for this machine only, under a loopback name. Set ${variable} on the server.`,
    },
  };
}

function refusalOf(access: ApiAccess, request: IncomingMessage, refusals: Refusals): Refusal | undefined {
  if (access.kind === 'open') return isFromThisMachine(request) ? undefined : refusals.notLocal;
  if (access.kind === 'closed') return refusals.closed;
  return keysIn(request).some((key) => indexOfKey(key, access.hashes) >= 0) ? undefined : refusals.keyNeeded;
}

/** The server listens on loopback. The host name is checked too, as a page can point its own here (DNS rebinding). */
function isFromThisMachine({ headers }: IncomingMessage): boolean {
  return isLoopbackHost(headers.host ?? '');
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
