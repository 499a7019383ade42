import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { PeerCertificate } from 'node:tls';

/** Data of the upgrade request that opened a connection. Never holds a token or a cookie. */
export interface Handshake {
  /** Id of the new connection; also in `auth_response`. It begins with the node that has the connection. */
  readonly connectionId: string;
  /** Address of the client behind trusted proxies (PROTOCOL §1). */
  readonly clientAddress: string;
  /** The `Origin` header; absent for clients that are not browsers. */
  readonly origin: string | undefined;
  /** Query of the URL, without `token`. */
  readonly query: Readonly<Record<string, string>>;
  /**
   * Headers of the upgrade request, without `authorization`, `cookie` and the subprotocol of a token. After the first
   * authentication also without `proxy-authorization` and the headers of the upgrade itself, and at most 4,096
   * characters of them.
   */
  readonly headers: Readonly<IncomingHttpHeaders>;
}

/**
 * A handshake with what may identify its client beside a token, for `AuthHandler.authenticateHandshake` alone. Made for
 * that call, and not kept by the server after it.
 */
export interface UpgradeHandshake extends Handshake {
  /**
   * The `Cookie` header. `undefined` unless a page of this host, or of an origin listed in `allowedOrigins`, sent the
   * request: any other page could use the cookies of its reader.
   */
  readonly cookie: string | undefined;
  /** The certificate of the TLS peer. `undefined` without one, where Node could not verify it, and once it has expired. */
  readonly peerCertificate: PeerCertificate | undefined;
  /** Whether the peer of the socket is one of `trustedProxies`. Headers that a proxy sets count only then. */
  readonly viaTrustedProxy: boolean;
}

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
