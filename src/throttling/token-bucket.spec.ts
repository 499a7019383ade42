import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TokenBucket } from './token-bucket.js';

describe('TokenBucket', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('allows the burst at once, and returns the wait for the next token', () => {
    const bucket = new TokenBucket(10, 3);
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0]);
    expect(bucket.take()).toBe(100);
    vi.advanceTimersByTime(60);
    expect(bucket.waitMs()).toBeCloseTo(40);
  });

  it('has a token at the time that it announced', () => {
    const bucket = new TokenBucket(10, 1);
    bucket.take();
    vi.advanceTimersByTime(100);
    expect(bucket.take()).toBe(0);
    expect(bucket.take()).toBe(100);
  });

  it('takes no token when it rejects, or is only queried', () => {
    const bucket = new TokenBucket(1, 1);
    bucket.waitMs();
    expect(bucket.take()).toBe(0);
    for (let i = 0; i < 5; i += 1) expect(bucket.take()).toBe(1000);
    vi.advanceTimersByTime(1000);
    expect(bucket.take()).toBe(0);
  });

  it('holds no more than the burst, however long it was idle', () => {
    const bucket = new TokenBucket(1000, 2);
    bucket.take();
    expect(bucket.isFull).toBe(false);
    vi.advanceTimersByTime(3_600_000);
    expect(bucket.isFull).toBe(true);
    expect([bucket.take(), bucket.take()]).toEqual([0, 0]);
    expect(bucket.take()).toBeGreaterThan(0);
  });
});
