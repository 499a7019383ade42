import type { IncomingMessage } from 'node:http';
import type { TokenSource } from '../../config/index.js';
import { bearerToken, takeBearers } from './bearer-subprotocol.js';
import { cookieToken } from './cookie-token.js';
import type { FoundToken } from './found-token.js';
import { isOwnPage } from './origins.js';
import { rewriteRawHeader } from './rewrite-raw-header.js';

const NOTHING: Readonly<Record<string, string>> = Object.freeze({});
const BEARER = /^bearer +(\S+) *$/i;
const COOKIE = 'cookie:';

/** What an upgrade request brought to identify its client, by source, and the rest of its query. */
export interface Credentials {
  readonly url: string | undefined;
  readonly header: string | undefined;
  readonly bearers: readonly string[];
  /** The `Cookie` header, if a page of our own has sent it. */
  readonly cookie: string | undefined;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * Takes all credentials out of the request: from here on neither `req.url` nor its headers hold them, so that later
 * logging of the request cannot leak them.
 */
export function takeCredentials(request: IncomingMessage, allowedOrigins: readonly string[]): Credentials {
  const { url, query } = takeQuery(request);
  const header = BEARER.exec(takeHeader(request, 'authorization') ?? '')?.[1];
  const bearers = takeBearers(request);
  const cookie = takeHeader(request, 'cookie');
  return { url, header, bearers, cookie: isOwnPage(request.headers, allowedOrigins) ? cookie : undefined, query };
}

/** Finds all credentials of a request, as {@link takeCredentials} does, and leaves them in it. */
export function credentialsOf(request: IncomingMessage, allowedOrigins: readonly string[]): Credentials {
  const { url, headers, rawHeaders } = request;
  const copy = { url, headers: { ...headers }, rawHeaders: [...rawHeaders] } as IncomingMessage;
  return takeCredentials(copy, allowedOrigins);
}

/** Sources in the order in which they are looked at: what a client sends on purpose comes before cookies (PROTOCOL §4). */
export function inOrder(sources: readonly TokenSource[]): readonly TokenSource[] {
  const explicit = (['url', 'header', 'protocol'] as const).filter((source) => sources.includes(source));
  return [...explicit, ...sources.filter((source) => source.startsWith(COOKIE))];
}

/** The token of the first source that has one. */
export function tokenOf(credentials: Credentials, sources: readonly TokenSource[]): FoundToken {
  for (const source of sources) {
    const found = tokenIn(credentials, source);
    if (found !== undefined) return found;
  }
  return undefined;
}

function tokenIn({ url, header, bearers, cookie }: Credentials, source: TokenSource): FoundToken {
  if (source === 'url') return url;
  if (source === 'header') return header;
  if (source === 'protocol') return bearerToken(bearers);
  return cookieToken(cookie, source.slice(COOKIE.length));
}

function takeQuery(request: IncomingMessage): Pick<Credentials, 'url' | 'query'> {
  const target = request.url ?? '/';
  const start = target.indexOf('?');
  if (start < 0) return { url: undefined, query: NOTHING };
  const parameters = new URLSearchParams(target.slice(start + 1));
  // An empty `?token=` counts as no token.
  const url = parameters.get('token') || undefined;
  parameters.delete('token');
  const rest = parameters.toString();
  request.url = rest === '' ? target.slice(0, start) : `${target.slice(0, start)}?${rest}`;
  return { url, query: rest === '' ? NOTHING : Object.freeze(Object.fromEntries(parameters)) };
}

function takeHeader(request: IncomingMessage, name: 'authorization' | 'cookie'): string | undefined {
  const value = request.headers[name];
  if (value === undefined) return undefined;
  delete request.headers[name];
  rewriteRawHeader(request, name, () => '[redacted]');
  return value;
}
