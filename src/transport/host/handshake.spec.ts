import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type TokenSource, pathOf, takeToken, toOriginForm } from './handshake.js';

const ALL: readonly TokenSource[] = ['url', 'header', 'message'];

interface Shape {
  url: string | undefined;
  headers: Record<string, string>;
  rawHeaders: string[];
}

function requestOf(url: string | undefined, authorization?: string, name = 'Authorization') {
  const shape: Shape = { url, headers: { host: 'api.test' }, rawHeaders: ['Host', 'api.test'] };
  if (authorization !== undefined) {
    shape.headers['authorization'] = authorization;
    shape.rawHeaders.push(name, authorization);
  }
  return { shape, request: shape as unknown as IncomingMessage };
}

describe('the token of the URL', () => {
  it.each([
    ['/ws?token=s3cret', 's3cret', '/ws', {}],
    ['/ws?token=s3cret&a=1', 's3cret', '/ws?a=1', { a: '1' }],
    ['/ws?a=1&token=s3cret&b=2', 's3cret', '/ws?a=1&b=2', { a: '1', b: '2' }],
    ['/ws?token=s3%2Bcret%3D', 's3+cret=', '/ws', {}],
    ['/ws?%74oken=s3cret', 's3cret', '/ws', {}],
    ['/ws?token=s3cret&token=s3cret-2', 's3cret', '/ws', {}],
    ['/ws?token=s3cret&a=1&token=s3cret-2&tok%65n=s3cret-3', 's3cret', '/ws?a=1', { a: '1' }],
    ['/ws?token=', undefined, '/ws', {}],
    ['/ws?tokens=1', undefined, '/ws?tokens=1', { tokens: '1' }],
    ['/ws?', undefined, '/ws', {}],
    ['/ws', undefined, '/ws', {}],
  ])('is taken from %s and removed everywhere', (url, token, left, query) => {
    const { shape, request } = requestOf(url);
    expect(takeToken(request, ALL)).toEqual({ token, query });
    expect(shape.url).toBe(left);
    expect(JSON.stringify(shape)).not.toContain('s3cret');
  });

  it('is removed even if URLs may not carry it', () => {
    const { shape, request } = requestOf('/ws?token=s3cret&token=s3cret-2&a=1');
    expect(takeToken(request, ['header', 'message'])).toEqual({ token: undefined, query: { a: '1' } });
    expect(JSON.stringify(shape)).not.toContain('s3cret');
  });

  it('has precedence over that of the header', () => {
    expect(takeToken(requestOf('/ws?token=url', 'Bearer header').request, ALL).token).toBe('url');
  });

  it('is ignored in favour of that of the header when it is switched off', () => {
    expect(takeToken(requestOf('/ws?token=url', 'Bearer header').request, ['header']).token).toBe('header');
  });

  it('leaves a frozen query', () => {
    expect(Object.isFrozen(takeToken(requestOf('/ws?a=1').request, ALL).query)).toBe(true);
    expect(Object.isFrozen(takeToken(requestOf('/ws').request, ALL).query)).toBe(true);
  });

  it('cannot be used to reach a prototype', () => {
    const { query } = takeToken(requestOf('/ws?__proto__=x&token=t').request, ALL);
    expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
    expect(Object.entries(query)).toEqual([['__proto__', 'x']]);
  });
});

describe('the token of the header', () => {
  it.each([
    ['Bearer s3cret', 's3cret'],
    ['bearer s3cret', 's3cret'],
    ['BEARER   s3cret  ', 's3cret'],
    ['Bearer s3cret.with-all_of~it+/=', 's3cret.with-all_of~it+/='],
    ['Bearer', undefined],
    ['Bearer ', undefined],
    ['Bearers3cret', undefined],
    ['Bearer s3cret two', undefined],
    ['Basic s3cret', undefined],
    ['s3cret', undefined],
    ['', undefined],
  ])('is taken from %j as %j and removed everywhere', (value, token) => {
    const { shape, request } = requestOf('/ws', value);
    expect(takeToken(request, ALL).token).toBe(token);
    expect(shape.headers).toEqual({ host: 'api.test' });
    expect(shape.rawHeaders).toEqual(['Host', 'api.test', 'Authorization', '[redacted]']);
  });

  it('is removed even if headers may not carry it', () => {
    const { shape, request } = requestOf('/ws', 'Bearer s3cret');
    expect(takeToken(request, ['url']).token).toBeUndefined();
    expect(JSON.stringify(shape)).not.toContain('s3cret');
  });

  it('is removed from every raw header of that name, in any case', () => {
    const { shape, request } = requestOf('/ws', 'Bearer s3cret', 'authorization');
    shape.rawHeaders.push('AUTHORIZATION', 'Bearer s3cret-2', 'X-Other', 'kept');
    takeToken(request, ALL);
    expect(shape.rawHeaders.filter((_, index) => index % 2 === 1)).toEqual([
      'api.test',
      '[redacted]',
      '[redacted]',
      'kept',
    ]);
  });
});

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
