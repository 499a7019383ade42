import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressLimiter } from './address-limiter.js';

const address = (number: number): string => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;

describe('AddressLimiter', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('counts each address separately, and a /64 of IPv6 as one', () => {
    const limiter = new AddressLimiter(1, 1);
    expect(limiter.take('192.0.2.1')).toBe(0);
    expect(limiter.take('192.0.2.1')).toBe(1000);
    expect(limiter.take('192.0.2.2')).toBe(0);
    expect(limiter.take('2001:db8::1')).toBe(0);
    expect(limiter.take('2001:db8::2')).toBe(1000);
  });

  it('keeps nothing of an address that is only looked up', () => {
    const limiter = new AddressLimiter(1, 1);
    expect(limiter.waitMs('192.0.2.1')).toBe(0);
    expect(limiter.size).toBe(0);
    limiter.take('192.0.2.1');
    expect(limiter.waitMs('192.0.2.1')).toBe(1000);
  });

  it('sweeps addresses whose bucket is full again, and no other', () => {
    const limiter = new AddressLimiter(1, 1);
    for (let i = 0; i < 1023; i += 1) limiter.take(address(i));
    vi.advanceTimersByTime(1000);
    limiter.take('192.0.2.1');
    limiter.take('192.0.2.2');
    expect(limiter.size).toBe(2);
    expect(limiter.waitMs('192.0.2.1')).toBe(1000);
  });

  it('never holds more than 100,000 addresses, and evicts the oldest first', () => {
    const limiter = new AddressLimiter(1, 1);
    let most = 0;
    for (let i = 0; i < 210_000; i += 1) {
      limiter.take(address(i));
      most = Math.max(most, limiter.size);
    }
    expect(most).toBe(100_000);
    expect(limiter.waitMs(address(209_999))).toBe(1000);
    expect(limiter.waitMs(address(0))).toBe(0);
  });
});
