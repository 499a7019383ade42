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
  ])('take %j', (origin) => {
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
  ])('refuse %j and say that %j is meant, as browsers write it', (entry, meant) => {
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
  ])('refuse %j', (entry) => {
    expect(() => Reflect.apply(resolveConfig, undefined, [{ allowedOrigins: ['*', entry] }])).toThrow(
      /^allowedOrigins\[1\] is .*; allowed: "\*", or an origin \(scheme, host and port, no path\) such as "https:\/\/app\.example\.com"\.$/,
    );
  });

  it('are a list', () => {
    expect(() => Reflect.apply(resolveConfig, undefined, [{ allowedOrigins: '*' }])).toThrow(
      'allowedOrigins is "*"; allowed: a list of origins.',
    );
  });
});
