import { describe, expect, it } from 'vitest';
import type { Handshake } from '../transport/index.js';
import { packHandshake, unpackHandshake } from './packed-handshake.js';

const kept = (part: Partial<Handshake>): Handshake => {
  const whole = { connectionId: 'c1', clientAddress: '192.0.2.1', origin: undefined, query: {}, headers: {}, ...part };
  return unpackHandshake(packHandshake(whole), whole.connectionId, whole.clientAddress);
};

describe('a packed handshake', () => {
  it('gives back the id, the address, the origin, the query and the headers', () => {
    const headers = { host: 'example.com', origin: 'https://example.com', 'x-tenant': 'a: b=c&d' };
    const query = { tenant: 'ü\n=&', empty: '' };
    expect(kept({ origin: headers.origin, headers, query })).toEqual({
      connectionId: 'c1',
      clientAddress: '192.0.2.1',
      origin: 'https://example.com',
      query,
      headers,
    });
    expect(kept({})).toMatchObject({ origin: undefined, query: {}, headers: {} });
  });

  it('holds no secret, and no header of the upgrade', () => {
    const headers = {
      authorization: 'Bearer secret',
      'proxy-authorization': 'Basic secret',
      cookie: 'session=secret',
      'set-cookie': ['secret'],
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'secret',
      'user-agent': 'test',
    };
    const packed = packHandshake({ ...kept({}), headers });
    expect(packed).not.toContain('secret');
    expect(packed).toBe('\nuser-agent\ntest');
  });

  it('holds at most 4,096 characters of the headers and of the query, whole entries only', () => {
    const long = 'x'.repeat(3000);
    expect(kept({ headers: { a: long, b: long, c: 'short' } }).headers).toEqual({ a: long, c: 'short' });
    expect(kept({ query: { a: long, b: long, c: 'short' } }).query).toEqual({ a: long, c: 'short' });
    expect(kept({ headers: { exact: 'x'.repeat(4096 - 7), more: '' } }).headers).toEqual({ exact: 'x'.repeat(4089) });
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, 'ü']));
    const whole = { ...kept({}), query: many, headers: many };
    expect(packHandshake(whole).length).toBeLessThanOrEqual(2 * 4096);
  });

  it('leaves out a value of two lines, which could pass for another header', () => {
    expect(kept({ headers: { a: '1\nx-user\nroot', b: '2' } }).headers).toEqual({ b: '2' });
  });
});
