import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../resolve-config.js';

describe('allowedOrigins', () => {
  it.each([
    '*',
    'https://app.example.com',
    'http://localhost:3000',
    'http://127.0.0.1:8080',
    'http://[::1]:3000',
    'https://xn--bcher-kva.example',
    'chrome-extension://abcdefghijklmnop',
    'capacitor://localhost',
  ])('accept %j', (origin) => {
    expect(resolveConfig({ allowedOrigins: [origin] }).allowedOrigins).toEqual([origin]);
  });

  it.each([
    ['https://app.example.com/', 'https://app.example.com'],
    ['https://app.example.com/chat', 'https://app.example.com'],
    ['https://app.example.com?a', 'https://app.example.com'],
    ['https://App.Example.com', 'https://app.example.com'],
    ['https://app.example.com:443', 'https://app.example.com'],
    ['http://app.example.com:80', 'http://app.example.com'],
    ['https://user:secret@app.example.com', 'https://app.example.com'],
    ['wss://app.example.com', 'https://app.example.com'],
    ['ws://localhost:3000', 'http://localhost:3000'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('reject %j and suggest %j, as browsers write it', (entry, meant) => {
    expect(() => resolveConfig({ allowedOrigins: [entry] })).toThrow(`; probably "${meant}" is meant.`);
  });

  it.each([
    '',
    'null',
    'app.example.com',
    'localhost:3000',
    'https://*.example.com',
    '**',
    'file://',
    'https://',
    7,
    undefined,
  ])('reject %j', (entry) => {
    expect(() => Reflect.apply(resolveConfig, undefined, [{ allowedOrigins: ['*', entry] }])).toThrow(
      /^allowedOrigins\[1\] is .*; allowed: "\*", or an origin \(scheme, host and port, no path\) such as "https:\/\/app\.example\.com"\.$/,
    );
  });

  it('must be a list', () => {
    expect(() => Reflect.apply(resolveConfig, undefined, [{ allowedOrigins: '*' }])).toThrow(
      'allowedOrigins is "*"; allowed: a list of origins.',
    );
  });
});

describe('allowedHosts', () => {
  it.each(['loopback', 'localhost', 'agents.example.com', 'my_host', '127.0.0.1', '::1'])('accept %j', (host) => {
    expect(resolveConfig({ allowedHosts: [host] }).allowedHosts).toEqual([host]);
  });

  it.each(['', 'Agents.example.com', 'agents.example.com:8080', '[::1]', '*.example.com', 'a/b', 7])(
    'reject %j',
    (host) => {
      expect(() => Reflect.apply(resolveConfig, undefined, [{ allowedHosts: [host] }])).toThrow(
        `allowedHosts[0] is ${JSON.stringify(host)}; allowed: a host name`,
      );
    },
  );
});

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
  ])('accept %j', (entry) => {
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
  ])('reject %j', (entry) => {
    expect(() => Reflect.apply(resolveConfig, undefined, [{ trustedProxies: [entry] }])).toThrow(
      `trustedProxies[0] is ${JSON.stringify(entry)}; allowed: an address (`,
    );
  });
});
