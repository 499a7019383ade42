import type { AbstractHttpAdapter } from '@nestjs/core';

/** A path without characters that routers take for patterns. */
const PLAIN_PATH = /^[\w/.~%@-]+$/;

const BODY = {
  code: 'UPGRADE_REQUIRED',
  message:
    'This is a WebSocket: connect with ws:// or wss://. If you did, a proxy in between has to pass on the headers ' +
    'Upgrade and Connection.',
} as const;

/**
 * Answers a plain `GET` of our path with 426 (RFC 9110 §15.5.22), unless the application has a route there. Must be
 * called after its own routes are registered.
 */
export function answerPlainRequests(adapter: AbstractHttpAdapter, path: string): void {
  if (!PLAIN_PATH.test(path) || hasRoute(adapter, path)) return;
  adapter.get(path, (_request: unknown, response: unknown) => {
    adapter.setHeader(response, 'Upgrade', 'websocket');
    adapter.setHeader(response, 'Connection', 'Upgrade');
    adapter.reply(response, BODY, 426);
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
