import { isIP } from 'node:net';
import { ruleOf } from './rules/rule.js';

const RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal', 'unix'];
const BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

function isProxy(value: unknown): boolean {
  if (typeof value !== 'string' || value.includes('%')) return false;
  if (RANGES.includes(value)) return true;
  const slash = value.indexOf('/');
  if (slash < 0) return isIP(value) !== 0;
  const bits = BITS[isIP(value.slice(0, slash))];
  const prefix = value.slice(slash + 1);
  return bits !== undefined && /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits;
}

/** An address or a CIDR, IPv4 or IPv6 without a zone, or the name of a range; `unix` for the peers of a Unix socket. */
export const proxyRule = ruleOf(
  isProxy,
  'an address ("10.0.0.7", "fd00::7"), a CIDR ("10.0.0.0/8", "fd00::/8"), or "loopback", "linklocal", "uniquelocal", "unix"',
);
