import { describe, expect, it } from 'vitest';
import { isHostAllowed } from './hosts.js';

describe('a Host of this machine', () => {
  it.each([
    'localhost',
    'LOCALHOST:8080',
    'localhost.',
    'localhost.:8080',
    'agents.localhost:1',
    '127.0.0.1',
    '127.9.9.9:8080',
    '[::1]',
    '[::1]:8080',
  ])('is %s', (host) => {
    expect(isHostAllowed(host, ['loopback'])).toBe(true);
  });

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '127.evil.example',
    '10.0.0.1',
    '[::2]:8080',
    '::1',
  ])('is not %s', (host) => {
    expect(isHostAllowed(host, ['loopback'])).toBe(false);
  });
});

it('every Host is allowed where none is listed, and else those alone', () => {
  expect(isHostAllowed('evil.example', [])).toBe(true);
  expect(isHostAllowed('Agents.example.com:443', ['agents.example.com'])).toBe(true);
  expect(isHostAllowed('localhost', ['agents.example.com'])).toBe(false);
});
