import { describe, expect, it } from 'vitest';
import { listenErrorSentence } from './listen-error.js';

const errorOf = (code: string): Error => Object.assign(new Error('listen'), { code });

describe('a listen error', () => {
  it.each([
    ['EADDRINUSE', '127.0.0.1:80 is in use by another process; set SKREAVER_WS_PORT to a free port.'],
    ['EACCES', '127.0.0.1:80 may not be used by this user; set SKREAVER_WS_PORT to a port from 1024 on.'],
    ['EADDRNOTAVAIL', '127.0.0.1:80 is not an address of this machine; set SKREAVER_WS_HOST to one.'],
    ['ENOTFOUND', '127.0.0.1:80 has a host name that is not known; set SKREAVER_WS_HOST to an address.'],
  ])('%s is explained in one sentence', (code, sentence) => {
    expect(listenErrorSentence(errorOf(code), '127.0.0.1', 80)).toBe(sentence);
  });

  it('shows an IPv6 address in brackets, as URLs do', () => {
    expect(listenErrorSentence(errorOf('EADDRINUSE'), '::1', 80)).toMatch(/^\[::1\]:80 is in use/);
  });

  it('is not explained when it has another cause', () => {
    expect(listenErrorSentence(errorOf('EWHATEVER'), 'a', 1)).toBeUndefined();
    expect(listenErrorSentence(new Error('x'), 'a', 1)).toBeUndefined();
  });
});
