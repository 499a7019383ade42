import { describe, expect, it } from 'vitest';
import { addressKey } from './address-key.js';
import { ipv4Of } from './parse-address.js';

describe('the key for limits per address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:text', '::ffff:text'],
    ['', ''],
  ])('of %j is %j', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it('differs for the next /64', () => {
    expect(addressKey('2001:db8:1:3::1')).not.toBe(addressKey('2001:db8:1:2::1'));
  });
});

describe('the IPv4 address of a text', () => {
  it.each(['', '::ffff:', '::ffff:1.2.3', '::ffff:::1', '010.0.0.1', '::1.2.3.4'])('is absent in %j', (text) => {
    expect(ipv4Of(text)).toBeUndefined();
  });
});
