import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Data of the upgrade request that opened a connection. Never holds the token. */
export interface Handshake {
  /** Id of the new connection; also in `auth_response`. */
  readonly connectionId: string;
  /** Address of the client behind trusted proxies (PROTOCOL §1). */
  readonly clientAddress: string;
  /** The `Origin` header; absent for clients that are not browsers. */
  readonly origin: string | undefined;
  /** Query of the URL, without `token`. */
  readonly query: Readonly<Record<string, string>>;
  /**
   * Headers of the upgrade request, without `authorization`. After the first authentication also without
   * `proxy-authorization`, `cookie` and the headers of the upgrade itself, and at most 4,096 characters of them.
   */
  readonly headers: Readonly<IncomingHttpHeaders>;
}

/** Places in which a token may stand (PROTOCOL §4). */
export type TokenSource = 'url' | 'header' | 'message';

const NOTHING: Readonly<Record<string, string>> = Object.freeze({});
const BEARER = /^bearer +(\S+) *$/i;

/** A request target in absolute form: a whole URL (RFC 9112 §3.2.2). */
const ABSOLUTE_FORM = /^https?:\/\/([^/?#@\s]+)(.*)$/i;

/** The path of a request target, without its query; `undefined` when it is not a path. */
export function pathOf(url = ''): string | undefined {
  const target = ABSOLUTE_FORM.exec(url)?.[2] ?? url;
  if (!target.startsWith('/')) return undefined;
  const end = target.indexOf('?');
  return end < 0 ? target : target.slice(0, end);
}

/** Replaces a request target in absolute form by its path, and the `Host` header by its host. */
export function toOriginForm(request: IncomingMessage): void {
  const [, host, target] = ABSOLUTE_FORM.exec(request.url ?? '') ?? [];
  if (host === undefined || target === undefined) return;
  request.url = target;
  request.headers.host = host;
}

/** The parsed request target of an upgrade, its token set apart. */
export interface RequestTarget {
  readonly token: string | undefined;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * Takes the token out of the request: from here on neither `req.url` nor its headers hold it, so that later
 * logging of the request cannot leak it.
 */
export function takeToken(request: IncomingMessage, sources: readonly TokenSource[]): RequestTarget {
  const { token: urlToken, query } = takeQuery(request);
  const headerToken = takeAuthorization(request);
  const token =
    (sources.includes('url') ? urlToken : undefined) ?? (sources.includes('header') ? headerToken : undefined);
  return { token, query };
}

function takeQuery(request: IncomingMessage): RequestTarget {
  const url = request.url ?? '/';
  const start = url.indexOf('?');
  if (start < 0) return { token: undefined, query: NOTHING };
  const parameters = new URLSearchParams(url.slice(start + 1));
  // An empty `?token=` counts as no token.
  const token = parameters.get('token') || undefined;
  parameters.delete('token');
  const rest = parameters.toString();
  request.url = rest === '' ? url.slice(0, start) : `${url.slice(0, start)}?${rest}`;
  return { token, query: rest === '' ? NOTHING : Object.freeze(Object.fromEntries(parameters)) };
}

function takeAuthorization(request: IncomingMessage): string | undefined {
  const value = request.headers.authorization;
  if (value === undefined) return undefined;
  delete request.headers.authorization;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    if (request.rawHeaders[index]?.toLowerCase() === 'authorization') request.rawHeaders[index + 1] = '[redacted]';
  }
  return BEARER.exec(value)?.[1];
}
