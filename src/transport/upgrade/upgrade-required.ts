import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { UpgradeRejection } from '../host/upgrade-rejection.js';

/** A path without characters that routers take for patterns. */
const PLAIN_PATH = /^[\w/.~%@-]+$/;

const CODE = 'UPGRADE_REQUIRED';

const BODY = {
  code: CODE,
  message:
    'This is a WebSocket: connect with ws:// or wss://. If you did, a proxy in between has to pass on the headers ' +
    'Upgrade and Connection.',
} as const;

const UPGRADE = { Upgrade: 'websocket', Connection: 'Upgrade' } as const;

/** An upgrade arrives as a plain request where the server has no listener for upgrades. */
const UNATTACHED_BODY = {
  code: CODE,
  message: 'WebSockets are not served here: this HTTP server is not attached to SkreaverWsModule.',
} as const;

/** The upgrades that plain requests are about. */
interface Upgrades {
  readonly path: string;
  foresee(request: IncomingMessage): UpgradeRejection | undefined;
  admitsPage(headers: IncomingHttpHeaders): boolean;
  /** An upgrade came through a server that nobody has attached. */
  noteUnattached(): void;
}

/** A request of Express is that of Node; one of Fastify has it. */
type PlainRequest = IncomingMessage & { readonly raw?: IncomingMessage };

interface PlainAnswer {
  readonly status: number;
  readonly body: { readonly code: string; readonly message: string };
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Answers a plain `GET` of our path, unless the application has a route there: with what an upgrade would be refused
 * with, otherwise with 426 (RFC 9110 §15.5.22). A page cannot see why its WebSocket was refused, and asks so (PROTOCOL
 * §1). Must be called after the application's own routes are registered.
 */
export function answerPlainRequests(adapter: AbstractHttpAdapter, upgrades: Upgrades): void {
  const { path } = upgrades;
  if (!PLAIN_PATH.test(path) || hasRoute(adapter, path)) return;
  adapter.get(path, (request: PlainRequest, response: unknown) => {
    const { status, body, headers } = answerTo(request.raw ?? request, upgrades);
    for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
    adapter.reply(response, body, status);
  });
}

function answerTo(request: IncomingMessage, upgrades: Upgrades): PlainAnswer {
  if (request.headers.upgrade !== undefined) {
    upgrades.noteUnattached();
    return { status: 426, body: UNATTACHED_BODY, headers: UPGRADE };
  }
  const readable = readableBy(request.headers, upgrades);
  const rejection = upgrades.foresee(request);
  if (rejection === undefined) return { status: 426, body: BODY, headers: { ...UPGRADE, ...readable } };
  const { status, code, message, retryAfter } = rejection;
  const wait = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
  return { status, body: { code, message }, headers: { ...wait, ...readable } };
}

/** Lets the pages read the answer that may connect (CORS). */
function readableBy(headers: IncomingHttpHeaders, upgrades: Upgrades): Readonly<Record<string, string>> {
  const common = { 'Cache-Control': 'no-store', Vary: 'Origin' };
  const { origin } = headers;
  if (origin === undefined || !upgrades.admitsPage(headers)) return common;
  return { ...common, 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': 'Retry-After' };
}

interface Router {
  /** Exists in Fastify. */
  hasRoute?(route: { readonly method: string; readonly url: string }): boolean;
}

/** Fastify rejects a second route of a path; with Express the first one answers. */
function hasRoute(adapter: AbstractHttpAdapter, url: string): boolean {
  const router: Router = adapter.getInstance();
  return router.hasRoute?.({ method: 'GET', url }) ?? false;
}
