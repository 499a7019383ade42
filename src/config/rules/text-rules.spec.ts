import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../resolve-config.js';

describe('path', () => {
  it.each(['/', '/ws', '/ws/', '/api/v1/ws', '/%C3%A9', '/a~b;c=1'])('accepts %j', (path) => {
    expect(resolveConfig({ path }).path).toBe(path);
  });

  it.each([
    '',
    'ws',
    '/ws?a=1',
    '/ws?',
    '/ws#a',
    '//ws',
    '/a b',
    '/é',
    '/a/../b',
    '/./ws',
    '/a\\b',
    '/ws\n',
    'http://a/ws',
  ])('rejects %j', (path) => {
    expect(() => resolveConfig({ path })).toThrow(`path is ${JSON.stringify(path)}; allowed: a URL path such as "/ws"`);
  });
});
