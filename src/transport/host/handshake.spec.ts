import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { pathOf, toOriginForm } from './handshake.js';

interface Shape {
  url: string | undefined;
  headers: Record<string, string>;
  rawHeaders: string[];
}

function requestOf(url: string | undefined) {
  const shape: Shape = { url, headers: { host: 'api.test' }, rawHeaders: ['Host', 'api.test'] };
  return { shape, request: shape as unknown as IncomingMessage };
}

describe('the path of a request target', () => {
  it.each([
    ['/ws', '/ws'],
    ['/ws?a=/b?c', '/ws'],
    ['/', '/'],
    ['/?', '/'],
    ['', undefined],
    ['*', undefined],
    ['http://api.test/ws', '/ws'],
    ['HTTPS://api.test:8443/ws?a=1', '/ws'],
    ['http://api.test', undefined],
    ['http://user@api.test/ws', undefined],
    ['ftp://api.test/ws', undefined],
    [undefined, undefined],
  ])('of %s is %s', (url, path) => {
    expect(pathOf(url)).toBe(path);
  });
});

describe('a request target in absolute form', () => {
  it('is converted to origin form', () => {
    const { shape, request } = requestOf('http://agents.test:8080/ws?a=1');
    toOriginForm(request);
    expect(shape).toMatchObject({ url: '/ws?a=1', headers: { host: 'agents.test:8080' } });
  });

  it('is not found in a query', () => {
    const { shape, request } = requestOf('/ws?a=http://other.test/ws');
    toOriginForm(request);
    expect(shape).toMatchObject({ url: '/ws?a=http://other.test/ws', headers: { host: 'api.test' } });
  });
});
