import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { TokenSource } from '../../config/index.js';
import { inOrder, takeCredentials, tokenOf } from './credentials.js';
import { UNREADABLE } from './found-token.js';

const ALL: readonly TokenSource[] = ['url', 'header', 'protocol', 'cookie:session', 'message'];

interface Shape {
  url: string | undefined;
  headers: Record<string, string>;
  rawHeaders: string[];
}

function requestOf(url: string | undefined, authorization?: string, name = 'Authorization') {
  return requestWith(authorization === undefined ? {} : { [name]: authorization }, url);
}

/** As Node parses a request with these headers. */
function requestWith(given: Readonly<Record<string, string>>, url = '/ws') {
  const raw = Object.entries({ Host: 'api.test', ...given });
  const headers = Object.fromEntries(raw.map(([name, value]) => [name.toLowerCase(), value]));
  const shape: Shape = { url, headers, rawHeaders: raw.flat() };
  return { shape, request: shape as unknown as IncomingMessage };
}

const taken = (request: IncomingMessage, sources: readonly TokenSource[], origins: readonly string[] = []) =>
  tokenOf(takeCredentials(request, origins), inOrder(sources));

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
    expect(takeCredentials(request, [])).toMatchObject({ url: token, query });
    expect(shape.url).toBe(left);
    expect(JSON.stringify(shape)).not.toContain('s3cret');
  });

  it('is removed even if URLs may not carry it', () => {
    const { shape, request } = requestOf('/ws?token=s3cret&token=s3cret-2&a=1');
    expect(taken(request, ['header', 'message'])).toBeUndefined();
    expect(JSON.stringify(shape)).not.toContain('s3cret');
  });

  it('has precedence over that of the header', () => {
    expect(taken(requestOf('/ws?token=url', 'Bearer header').request, ALL)).toBe('url');
  });

  it('is ignored in favour of that of the header when it is switched off', () => {
    expect(taken(requestOf('/ws?token=url', 'Bearer header').request, ['header'])).toBe('header');
  });

  it('leaves a frozen query', () => {
    expect(Object.isFrozen(takeCredentials(requestOf('/ws?a=1').request, []).query)).toBe(true);
    expect(Object.isFrozen(takeCredentials(requestOf('/ws').request, []).query)).toBe(true);
  });

  it('cannot be used to reach a prototype', () => {
    const { query } = takeCredentials(requestOf('/ws?__proto__=x&token=t').request, []);
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
    expect(taken(request, ALL)).toBe(token);
    expect(shape.headers).toEqual({ host: 'api.test' });
    expect(shape.rawHeaders).toEqual(['Host', 'api.test', 'Authorization', '[redacted]']);
  });

  it('is removed even if headers may not carry it', () => {
    const { shape, request } = requestOf('/ws', 'Bearer s3cret');
    expect(taken(request, ['url'])).toBeUndefined();
    expect(JSON.stringify(shape)).not.toContain('s3cret');
  });

  it('is removed from every raw header of that name, in any case', () => {
    const { shape, request } = requestOf('/ws', 'Bearer s3cret', 'authorization');
    shape.rawHeaders.push('AUTHORIZATION', 'Bearer s3cret-2', 'X-Other', 'kept');
    takeCredentials(request, []);
    expect(shape.rawHeaders.filter((_, index) => index % 2 === 1)).toEqual([
      'api.test',
      '[redacted]',
      '[redacted]',
      'kept',
    ]);
  });
});

const bearer = (token: string): string => `bearer.${Buffer.from(token).toString('base64url')}`;

describe('the token of a subprotocol', () => {
  it.each([
    [`skreaver.v1, ${bearer('s3cret')}`, 's3cret', 'skreaver.v1'],
    [`${bearer('s3cret')},skreaver.v1`, 's3cret', 'skreaver.v1'],
    [`chat, ${bearer('s3cret é')}, skreaver.v1`, 's3cret é', 'chat, skreaver.v1'],
    [`skreaver.v1, ${bearer('s3cret').replace('bearer', 'BEARER')}`, 's3cret', 'skreaver.v1'],
    [bearer('s3cret'), 's3cret', ''],
    ['skreaver.v1', undefined, 'skreaver.v1'],
    ['skreaver.v1, bearer', undefined, 'skreaver.v1, bearer'],
  ])('is taken from %s and removed everywhere', (offer, token, left) => {
    const { shape, request } = requestWith({ 'Sec-WebSocket-Protocol': offer });
    expect(taken(request, ALL)).toBe(token);
    expect(shape.headers).toEqual({ host: 'api.test', 'sec-websocket-protocol': left });
    expect(shape.rawHeaders).toEqual(['Host', 'api.test', 'Sec-WebSocket-Protocol', left]);
  });

  it.each([
    ['empty', 'bearer.'],
    ['not base64url', 'bearer.s3c+et'],
    ['padded', 'bearer.czNjcmV0MQ=='],
    ['of a length that base64url has not', 'bearer.czNjc'],
    ['with bits beyond its last byte', 'bearer.czNjcmV0MR'],
    ['not UTF-8', 'bearer.wyg'],
    ['given twice', `${bearer('s3cret')}, ${bearer('s3cret')}`],
    ['given twice, once unreadable', `${bearer('s3cret')}, bearer.`],
  ])('is unreadable when it is %s, and removed all the same', (_what, offer) => {
    const { shape, request } = requestWith({ 'Sec-WebSocket-Protocol': `skreaver.v1, ${offer}` });
    expect(taken(request, ALL)).toBe(UNREADABLE);
    expect(JSON.stringify(shape)).not.toMatch(/bearer|czNj/);
  });

  it('is removed even if subprotocols may not carry it', () => {
    const { shape, request } = requestWith({ 'Sec-WebSocket-Protocol': `skreaver.v1, ${bearer('s3cret')}` });
    expect(taken(request, ['url'])).toBeUndefined();
    expect(JSON.stringify(shape)).not.toContain('bearer');
  });
});

const page = { Origin: 'https://api.test' };

describe('the token of a cookie', () => {
  it.each([
    ['session=s3cret', 's3cret'],
    ['a=1; session=s3cret; b=2', 's3cret'],
    ['a=1;session=s3cret', 's3cret'],
    ['session="s3cret"', 's3cret'],
    ['session=s%3As3cret%2B', 's:s3cret+'],
    ['session=50%', '50%'],
    ['session=a=b==', 'a=b=='],
    ['session=', undefined],
    ['session=""', undefined],
    ['session', undefined],
    ['Session=s3cret', undefined],
    ['xsession=s3cret', undefined],
    ['session =s3cret', undefined],
    ['\u00a0session=s3cret', undefined],
    ['', undefined],
  ])('is taken from %j as %j and removed everywhere', (cookie, token) => {
    const { shape, request } = requestWith({ ...page, Cookie: cookie });
    expect(taken(request, ALL)).toBe(token);
    expect(shape.headers).toEqual({ host: 'api.test', origin: 'https://api.test' });
    expect(shape.rawHeaders).toEqual(['Host', 'api.test', 'Origin', 'https://api.test', 'Cookie', '[redacted]']);
  });

  it('is unreadable where its name occurs twice, whatever the values', () => {
    for (const cookie of ['session=a; session=b', 'session=a; x=1; session=a', 'session=a; session=']) {
      expect(taken(requestWith({ ...page, Cookie: cookie }).request, ALL)).toBe(UNREADABLE);
    }
  });

  it('is not taken from the page of a foreign origin, nor where no page sent it', () => {
    const cookie = { Cookie: 'session=s3cret' };
    for (const origin of [{}, { Origin: '' }, { Origin: 'null' }, { Origin: '*' }, { Origin: 'https://evil.test' }]) {
      const { shape, request } = requestWith({ ...origin, ...cookie });
      expect(taken(request, ALL, ['*', 'https://app.test'])).toBeUndefined();
      expect(JSON.stringify(shape)).not.toContain('s3cret');
    }
    expect(taken(requestWith({ Origin: 'https://app.test', ...cookie }).request, ALL, ['https://app.test'])).toBe(
      's3cret',
    );
  });

  it('may have one of several names, of which the first in tokenSources counts', () => {
    const sources: readonly TokenSource[] = ['cookie:__Host-session', 'cookie:session'];
    const { request } = requestWith({ ...page, Cookie: 'session=old; __Host-session=new' });
    expect(taken(request, sources)).toBe('new');
    expect(taken(requestWith({ ...page, Cookie: 'session=old' }).request, sources)).toBe('old');
  });

  it('is found in time that grows with the length of the header alone', () => {
    const cookie = `${'\t; '.repeat(300_000)}session=s3cret${'\t'.repeat(300_000)}x`;
    const started = performance.now();
    expect(taken(requestWith({ ...page, Cookie: cookie }).request, ALL)).toMatch(/^s3cret/);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

it('a token is taken in the order of URL, header, subprotocol and cookie, however tokenSources lists them', () => {
  const headers = { Authorization: 'Bearer header', 'Sec-WebSocket-Protocol': bearer('protocol') };
  const cookie = { ...page, Cookie: 'session=cookie' };
  const reversed = ALL.toReversed();
  expect(taken(requestWith({ ...headers, ...cookie }, '/ws?token=url').request, reversed)).toBe('url');
  expect(taken(requestWith({ ...headers, ...cookie }).request, reversed)).toBe('header');
  const { Authorization: _authorization, ...protocol } = headers;
  expect(taken(requestWith({ ...protocol, ...cookie }).request, reversed)).toBe('protocol');
  expect(taken(requestWith(cookie).request, reversed)).toBe('cookie');
});
