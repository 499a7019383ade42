import { describe, expect, it } from 'vitest';
import { isLoopbackHost } from './loopback-host.js';

describe('isLoopbackHost', () => {
  it.each([
    'localhost',
    'LOCALHOST:8080',
    'localhost.',
    'agents.localhost:1',
    '127.0.0.1',
    '127.255.9.10:8080',
    '::1',
    '[::1]',
    '[::1]:8080',
  ])('accepts %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    '',
    ':8080',
    'evil.example',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '127.evil.example',
    '127.0.0',
    '127.0.0.256',
    '127.0.0.01',
    '10.0.0.1',
    '::2',
    '[::2]:8080',
    '::1:8080',
  ])('rejects %j', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });
});
