import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ClientAddresses } from './client-address.js';

const TRUSTED = ['loopback', '10.0.0.0/8', '203.0.113.7', 'fd00::/8'];

function addressOf(peer: string | undefined, headers: Record<string, string> = {}, trusted = TRUSTED): string {
  const socket = { remoteAddress: peer, localAddress: '127.0.0.1' };
  return new ClientAddresses(trusted).of({ headers, socket } as unknown as IncomingMessage);
}

function unixAddressOf(headers: Record<string, string>, trusted: string[], destroyed = false): string {
  return new ClientAddresses(trusted).of({ headers, socket: { destroyed } } as unknown as IncomingMessage);
}

const forwarded = (list: string) => ({ 'x-forwarded-for': list });

describe('the address of a client without a proxy', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('for the peer %s is %s', (peer, address) => {
    expect(addressOf(peer)).toBe(address);
  });

  it('is empty if the socket is gone already', () => {
    expect(addressOf(undefined)).toBe('');
  });

  it.each([forwarded('198.51.100.1'), { 'x-real-ip': '198.51.100.1' }])(
    'is never taken from its own headers',
    (headers) => {
      expect(addressOf('192.0.2.1', headers)).toBe('192.0.2.1');
      expect(addressOf('127.0.0.1', headers, [])).toBe('127.0.0.1');
    },
  );
});

describe('X-Forwarded-For behind a trusted proxy', () => {
  it.each([
    ['one address', '198.51.100.1', '198.51.100.1'],
    ['spaces and tabs', ' \t198.51.100.1 ', '198.51.100.1'],
    ['a forged left-most entry', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['a forged trusted entry on the left', '10.9.9.9, 198.51.100.1', '198.51.100.1'],
    ['many forged entries', '1.1.1.1,2.2.2.2,3.3.3.3,198.51.100.1', '198.51.100.1'],
    ['a chain of trusted proxies', '198.51.100.1, 203.0.113.7, 10.1.2.3', '198.51.100.1'],
    ['a forged entry before a chain of trusted proxies', '1.1.1.1, 198.51.100.1, 10.1.2.3', '198.51.100.1'],
    ['trusted proxies only: the first of them', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['junk on the left of the client', 'unknown, 198.51.100.1', '198.51.100.1'],
    ['junk before a trusted proxy: as far as it is known', 'unknown, 10.0.0.2', '10.0.0.2'],
    ['an IPv6 client', '2001:db8::1', '2001:db8::1'],
    ['an IPv6 client behind an IPv6 proxy', '2001:db8::1, fd00::5', '2001:db8::1'],
    ['a v4-mapped client', '::ffff:198.51.100.1', '198.51.100.1'],
    ['a v4-mapped trusted proxy', '198.51.100.1, ::ffff:10.0.0.9', '198.51.100.1'],
    ['a port', '198.51.100.1:4711', '198.51.100.1'],
    ['brackets', '[2001:db8::1]', '2001:db8::1'],
    ['brackets and a port', '[2001:db8::1]:4711', '2001:db8::1'],
    ['a trusted proxy with a port', '198.51.100.1, 10.0.0.9:80', '198.51.100.1'],
  ])("gives the client's address with %s", (_, list, address) => {
    expect(addressOf('127.0.0.1', forwarded(list))).toBe(address);
    expect(addressOf('::ffff:127.0.0.1', forwarded(list))).toBe(address);
  });

  it.each([
    '',
    ',',
    ' , ',
    'unknown',
    '_hidden',
    '198.51.100.1,',
    '198.51.100.256',
    '198.51.100',
    '1',
    '0x7f.1',
    '0300.0250.1.1',
    '198.51.100.1:',
    '198.51.100.1:http',
    '198.51.100.1:123456',
    '2001:db8::1%eth0',
    '[2001:db8::1',
    '[unknown]:80',
    '198.51.100.1 198.51.100.2',
    'for=198.51.100.1',
    '"198.51.100.1"',
    '198.51.100.0/24',
    'localhost',
    '<script>',
  ])('is ignored when it ends with an invalid address: %j', (list) => {
    expect(addressOf('10.0.0.1', forwarded(list))).toBe('10.0.0.1');
    expect(addressOf('10.0.0.1', { ...forwarded(list), 'x-real-ip': '198.51.100.9' })).toBe('10.0.0.1');
  });

  it('has precedence over X-Real-IP', () => {
    expect(addressOf('10.0.0.1', { ...forwarded('198.51.100.1'), 'x-real-ip': '198.51.100.2' })).toBe('198.51.100.1');
  });
});

describe('X-Real-IP behind a trusted proxy', () => {
  it.each([
    ['198.51.100.1', '198.51.100.1'],
    [' ::ffff:198.51.100.1 ', '198.51.100.1'],
    ['[2001:db8::1]:80', '2001:db8::1'],
    ['198.51.100.1, 198.51.100.2', '10.0.0.1'],
    ['junk', '10.0.0.1'],
  ])('has for %j the meaning %s', (value, address) => {
    expect(addressOf('10.0.0.1', { 'x-real-ip': value })).toBe(address);
  });
});

describe('a trusted proxy', () => {
  it.each([
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['169.254.1.1', 'linklocal'],
    ['fe80::1%eth0', 'linklocal'],
    ['10.1.1.1', 'uniquelocal'],
    ['172.31.0.1', 'uniquelocal'],
    ['192.168.3.4', 'uniquelocal'],
    ['fd12::1', 'uniquelocal'],
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['2001:db8:1::7', '2001:db8::/32'],
    ['192.0.2.1', '0.0.0.0/0'],
  ])('is %s for the entry %s', (peer, entry) => {
    expect(addressOf(peer, forwarded('198.51.100.1'), [entry])).toBe('198.51.100.1');
  });

  it.each([
    ['172.32.0.1', 'uniquelocal'],
    ['203.0.113.8', '203.0.113.7'],
    ['11.0.0.0', '10.0.0.0/8'],
    ['2001:db9::1', '2001:db8::/32'],
    ['192.0.2.1', '::/0'],
  ])('is not %s for the entry %s', (peer, entry) => {
    expect(addressOf(peer, forwarded('198.51.100.1'), [entry])).toBe(peer);
  });
});

describe('the address of a client that comes through a Unix socket', () => {
  it('is unix, whatever its headers, if unix is not trusted', () => {
    expect(unixAddressOf(forwarded('198.51.100.1'), ['loopback'])).toBe('unix');
  });

  it('is taken from X-Forwarded-For if present, otherwise from X-Real-IP', () => {
    expect(unixAddressOf(forwarded('203.0.113.9, 198.51.100.1'), ['unix'])).toBe('198.51.100.1');
    expect(unixAddressOf(forwarded('198.51.100.1, 10.0.0.7'), ['unix', '10.0.0.0/8'])).toBe('198.51.100.1');
    expect(unixAddressOf({ 'x-real-ip': '198.51.100.2' }, ['unix'])).toBe('198.51.100.2');
    expect(unixAddressOf(forwarded('nonsense'), ['unix'])).toBe('unix');
  });

  it('is not assumed for a TCP socket whose peer is gone', () => {
    expect(addressOf(undefined, forwarded('198.51.100.1'), ['unix'])).toBe('');
    expect(unixAddressOf(forwarded('198.51.100.1'), ['unix'], true)).toBe('');
  });
});
