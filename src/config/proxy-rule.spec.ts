import { describe, expect, it } from 'vitest';
import { resolveConfig } from './resolve-config.js';

describe('trustedProxies', () => {
  it.each([
    'loopback',
    'linklocal',
    'uniquelocal',
    'unix',
    '10.0.0.7',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '10.0.0.7/32',
    '::1',
    'fd00::/8',
    '::/0',
    '2001:db8::1/128',
    '::ffff:10.0.0.0/104',
  ])('take %j', (entry) => {
    expect(resolveConfig({ trustedProxies: [entry] }).trustedProxies).toEqual([entry]);
  });

  it.each([
    '',
    'localhost',
    'Loopback',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '::/129',
    'fe80::1%eth0',
    'loopback/8',
    7,
  ])('refuse %j', (entry) => {
    expect(() => Reflect.apply(resolveConfig, undefined, [{ trustedProxies: [entry] }])).toThrow(
      `trustedProxies[0] is ${JSON.stringify(entry)}; allowed: an address (`,
    );
  });

  it('are a list', () => {
    expect(() => Reflect.apply(resolveConfig, undefined, [{ trustedProxies: 'loopback' }])).toThrow(
      'trustedProxies is "loopback"; allowed: a list of addresses and CIDRs.',
    );
  });
});
