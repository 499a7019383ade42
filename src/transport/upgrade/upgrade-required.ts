import type { IncomingHttpHeaders } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** A path without characters that routers take for patterns. */
const PLAIN_PATH = /^[\w/.~%@-]+$/;

const CODE = 'UPGRADE_REQUIRED';

const BODY = {
  code: CODE,
  message:
    'This is a WebSocket: connect with ws:// or wss://. If you did, a proxy in between has to pass on the headers ' +
    'Upgrade and Connection.',
} as const;

/** An upgrade arrives as a plain request where the server has no listener for upgrades. */
const UNATTACHED_BODY = {
  code: CODE,
  message: 'WebSockets are not served here: this HTTP server is not attached to SkreaverWsModule.',
} as const;

/**
 * Answers a plain `GET` of our path with 426 (RFC 9110 §15.5.22), unless the application has a route there. Must be
 * called after its own routes are registered.
 * @param onUnattached is called at an upgrade that came through a server which nobody has attached
 */
export function answerPlainRequests(adapter: AbstractHttpAdapter, path: string, onUnattached: () => void): void {
  if (!PLAIN_PATH.test(path) || hasRoute(adapter, path)) return;
  adapter.get(path, ({ headers }: { readonly headers: IncomingHttpHeaders }, response: unknown) => {
    const isUpgrade = headers.upgrade !== undefined;
    if (isUpgrade) onUnattached();
    adapter.setHeader(response, 'Upgrade', 'websocket');
    adapter.setHeader(response, 'Connection', 'Upgrade');
    adapter.reply(response, isUpgrade ? UNATTACHED_BODY : BODY, 426);
  });
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
