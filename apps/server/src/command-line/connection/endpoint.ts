import { usageError } from '../grammar/exit-code.js';

const DEFAULT = 'ws://127.0.0.1:8080/ws';

/**
 * The URL of the server: as given, otherwise that of `SKREAVER_URL`, otherwise one on this machine.
 * `http(s)` counts as `ws(s)`, and a URL without a path has `/ws`.
 */
export function endpointOf(given: string | undefined, env: NodeJS.ProcessEnv = process.env): URL {
  const text = given ?? (env['SKREAVER_URL'] || DEFAULT);
  const full = /^[a-z]+:\/\//i.test(text) ? text : `ws://${text}`;
  if (!URL.canParse(full)) throw usageError(`${JSON.stringify(text)} is not a URL.`);
  const url = new URL(full.replace(/^http/i, 'ws'));
  if (!['ws:', 'wss:'].includes(url.protocol)) {
    throw usageError(`${JSON.stringify(text)} is not a URL of ws, wss, http or https.`);
  }
  if (url.hash !== '') throw usageError(`${JSON.stringify(text)} has a fragment; leave out ${url.hash}.`);
  if (url.pathname === '/') url.pathname = '/ws';
  return url;
}
