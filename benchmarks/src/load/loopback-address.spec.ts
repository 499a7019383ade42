import { isIPv4 } from 'node:net';
import { expect, it } from 'vitest';
import { loopbackAddress } from './loopback-address.js';

it('a loopback address is another one for each number', () => {
  const all = Array.from({ length: 2000 }, (_, number) => loopbackAddress(number));
  expect(new Set(all).size).toBe(2000);
  expect(all.filter((address) => isIPv4(address) && address.startsWith('127.'))).toHaveLength(2000);
});
