import { describe, expect, it } from 'vitest';
import { isOriginAllowed } from './origins.js';

const allows = (origin: string | undefined, host: string | undefined, allowed: readonly string[] = []): boolean =>
  isOriginAllowed({ ...(origin === undefined ? {} : { origin }), ...(host === undefined ? {} : { host }) }, allowed);

const APP = 'https://app.example.com';

describe('a connection is accepted', () => {
  it.each([
    ['without an origin, as no browser page is behind it', undefined, 'api.test', []],
    ['without an origin and without a host', undefined, undefined, []],
    ['from the same host', 'https://api.test', 'api.test', []],
    ['from the same host and port', 'http://api.test:3000', 'api.test:3000', []],
    ['from the same host in another case', 'https://API.test', 'Api.Test', []],
    ['from the same host with the default port written out', 'https://api.test', 'api.test:443', []],
    ['from the same host with the default port of http written out', 'http://api.test', 'api.test:80', []],
    ['from the same IPv6 host', 'http://[::1]:3000', '[::1]:3000', []],
    ['from a listed origin', APP, 'api.test', ['https://other.test', APP]],
    ['from a listed origin in another case', 'HTTPS://App.Example.Com', 'api.test', [APP]],
    ['from a listed origin with its default port written out', 'https://app.example.com:443', 'api.test', [APP]],
    [
      'from a listed origin that is no web page',
      'chrome-extension://abcdef',
      'api.test',
      ['chrome-extension://abcdef'],
    ],
    ['from anywhere when * is listed', 'https://evil.test', 'api.test', ['*']],
    ['from a sandboxed page when * is listed', 'null', 'api.test', ['*']],
    ['from what is no origin when * is listed', 'junk', 'api.test', ['*']],
  ])('%s', (_, origin, host, allowed) => {
    expect(allows(origin, host, allowed)).toBe(true);
  });
});

describe('a connection is rejected', () => {
  it.each([
    ['from another host', 'https://evil.test', 'api.test', []],
    ['from a host that ends with a listed one', 'https://evil-app.example.com', 'api.test', [APP]],
    ['from a host that begins with a listed one', 'https://app.example.com.evil.test', 'api.test', [APP]],
    ['from a subdomain of a listed host', 'https://a.app.example.com', 'api.test', [APP]],
    ['from the parent of a listed host', 'https://example.com', 'api.test', [APP]],
    ['from a host that ends with ours', 'https://evil-api.test', 'api.test', []],
    ['from a subdomain of ours', 'https://x.api.test', 'api.test', []],
    ['from a listed host by another scheme', 'http://app.example.com', 'api.test', [APP]],
    ['from a listed host at another port', 'https://app.example.com:8443', 'api.test', [APP]],
    ['from our host at another port', 'http://api.test:8080', 'api.test:3000', []],
    ['from our host at another port than the default', 'https://api.test:8443', 'api.test', []],
    ['from https when our port is that of http', 'https://api.test', 'api.test:80', []],
    ['from a sandboxed page', 'null', 'api.test', [APP]],
    ['from a sandboxed page to a host called null', 'null', 'null', []],
    ['from an empty origin', '', 'api.test', [APP]],
    ['from what is no origin', 'junk', 'junk', [APP]],
    ['from a host given as user name', 'https://app.example.com@evil.test', 'api.test', [APP]],
    ['from another extension', 'chrome-extension://zzz', 'api.test', ['chrome-extension://abcdef']],
    ['from an extension named like our host', 'chrome-extension://api.test', 'api.test', []],
    ['from a file', 'file://', 'api.test', [APP]],
    ['without a host', 'https://api.test', undefined, []],
    ['with a host that is none', 'https://api.test', 'a b', []],
  ])('%s', (_, origin, host, allowed) => {
    expect(allows(origin, host, allowed)).toBe(false);
  });
});
