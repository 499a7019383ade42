import type { IncomingHttpHeaders } from 'node:http';

/**
 * True if a browser page of this origin may connect: the same host, or one that is listed; `*` allows all. A request
 * without `Origin` does not come from a browser page and passes (PROTOCOL §1).
 */
export function isOriginAllowed(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  return headers.origin === undefined || allowed.includes('*') || isOwnPage(headers, allowed);
}

/**
 * True if the request comes from a page of the same host or of an origin that is listed by name. The cookies of such a
 * request were sent on purpose; those of any other may have been sent by a foreign page (PROTOCOL §4).
 */
export function isOwnPage({ origin, host }: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (origin === undefined) return false;
  const normalized = normalize(origin);
  if (allowed.some((entry) => entry !== '*' && isListed(entry, origin, normalized))) return true;
  return normalized !== undefined && host !== undefined && new URL(normalized).host === hostOf(host, normalized);
}

/** Compares the text too: the URL standard has no origin for schemes such as `chrome-extension:`. */
function isListed(entry: string, origin: string, normalized: string | undefined): boolean {
  return entry === origin || (normalized !== undefined && normalize(entry) === normalized);
}

function normalize(origin: string): string | undefined {
  return URL.canParse(origin) && new URL(origin).origin !== 'null' ? new URL(origin).origin : undefined;
}

/** The `Host` header with the default port of the origin's scheme left out, as URLs leave it out. */
function hostOf(host: string, origin: string): string | undefined {
  const url = `${origin.slice(0, origin.indexOf(':'))}://${host}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}
