import { describe, expect, it } from 'vitest';
import { isHostAllowed } from './hosts.js';

describe('the allowed hosts', () => {
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
  ])('include %s with loopback', (host) => {
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
  ])('exclude %s with loopback', (host) => {
    expect(isHostAllowed(host, ['loopback'])).toBe(false);
  });
});

it('the allowed hosts are all if none is listed, and otherwise only the listed ones', () => {
  expect(isHostAllowed('evil.example', [])).toBe(true);
  expect(isHostAllowed('Agents.example.com:443', ['agents.example.com'])).toBe(true);
  expect(isHostAllowed('localhost', ['agents.example.com'])).toBe(false);
});
