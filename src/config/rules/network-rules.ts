import { isIP } from 'node:net';
import { ruleOf, type Rule } from './rule.js';

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._~:[\]-]+$/;
const PAGE_SCHEME: Readonly<Record<string, string>> = { 'ws:': 'http:', 'wss:': 'https:' };
const HOST_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;
const RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal', 'unix'];
const ADDRESS_BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** `*`, or an origin exactly as browsers write it, because it is compared exactly with the `Origin` header. */
export const originRule: Rule = (value) => {
  if (value === '*') return [];
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const origin = url?.host ? originOf(url) : undefined;
  if (origin === value && ORIGIN.test(origin ?? '')) return [];
  const meant = origin !== undefined && ORIGIN.test(origin) ? `; probably "${origin}" is meant` : '';
  const allowed = `"*", or an origin (scheme, host and port, no path) such as "https://app.example.com"${meant}`;
  return [{ at: '', value, allowed }];
};

/** The `Origin` that a browser sends for a page at `url` (RFC 6454 §6.2). */
function originOf(url: URL): string {
  return `${PAGE_SCHEME[url.protocol] ?? url.protocol}//${url.host}`;
}

/** A host name in lower case or an address, each without a port, or `loopback`. */
export const hostRule = ruleOf(
  (value) => typeof value === 'string' && (HOST_NAME.test(value) || isIP(value) !== 0),
  'a host name in lower case or an address, without a port ("agents.example.com", "::1"), or "loopback"',
);

/**
 * An address or a CIDR, IPv4 or IPv6 without a zone; or the name of a range. `unix` is the range of Unix socket peers.
 */
export const proxyRule = ruleOf(
  isProxy,
  'an address ("10.0.0.7", "fd00::7"), a CIDR ("10.0.0.0/8", "fd00::/8"), or "loopback", "linklocal", "uniquelocal", "unix"',
);

function isProxy(value: unknown): boolean {
  if (typeof value !== 'string' || value.includes('%')) return false;
  if (RANGES.includes(value)) return true;
  const slash = value.indexOf('/');
  if (slash < 0) return isIP(value) !== 0;
  const bits = ADDRESS_BITS[isIP(value.slice(0, slash))];
  const prefix = value.slice(slash + 1);
  return bits !== undefined && /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits;
}
