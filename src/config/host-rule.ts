import { isIP } from 'node:net';
import { ruleOf } from './rules/rule.js';

const NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** A name in lower case or an address, each without a port, or `loopback`. */
export const hostRule = ruleOf(
  (value) => typeof value === 'string' && (NAME.test(value) || isIP(value) !== 0),
  'a host name in lower case or an address, without a port ("agents.example.com", "::1"), or "loopback"',
);
