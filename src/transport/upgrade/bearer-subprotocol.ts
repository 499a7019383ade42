import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { type FoundToken, UNREADABLE } from './found-token.js';
import { rewriteRawHeader } from './rewrite-raw-header.js';

const HEADER = 'sec-websocket-protocol';
const PREFIX = 'bearer.';

const isBearer = (offer: string): boolean => offer.toLowerCase().startsWith(PREFIX);
const offersOf = (value: string): readonly string[] => value.split(',').map((offer) => offer.trim());

/**
 * Takes the subprotocols `bearer.<base64url>` out of the request, so that none is negotiated, echoed or logged.
 * @returns the text after the dot of each
 */
export function takeBearers(request: IncomingMessage): readonly string[] {
  const { headers } = request;
  const value = headers[HEADER];
  if (value === undefined) return [];
  const bearers = offersOf(value).filter(isBearer);
  if (bearers.length === 0) return [];
  headers[HEADER] = withoutBearers(value);
  rewriteRawHeader(request, HEADER, withoutBearers);
  return bearers.map((bearer) => bearer.slice(PREFIX.length));
}

function withoutBearers(value: string): string {
  return offersOf(value)
    .filter((offer) => !isBearer(offer))
    .join(', ');
}

/** Decodes the token: exactly one, in base64url without padding (RFC 4648 §5), of UTF-8. */
export function bearerToken([bearer, ...others]: readonly string[]): FoundToken {
  if (bearer === undefined) return undefined;
  const bytes = Buffer.from(bearer, 'base64url');
  const isExact = bytes.length > 0 && bytes.toString('base64url') === bearer && isUtf8(bytes);
  return isExact && others.length === 0 ? bytes.toString() : UNREADABLE;
}
