import { describe, expect, it } from 'vitest';
import { RestartBackoff } from './restart-backoff.js';

describe('the wait before a worker is replaced', () => {
  it('is none for the first, and doubles up to ten seconds while workers die young', () => {
    const backoff = new RestartBackoff();
    const waits = Array.from({ length: 10 }, () => backoff.after(50));
    expect(waits).toEqual([0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it('is none again after a worker that lived for ten seconds', () => {
    const backoff = new RestartBackoff();
    for (let deaths = 0; deaths < 5; deaths += 1) backoff.after(50);
    expect(backoff.after(10_000)).toBe(0);
    expect(backoff.after(50)).toBe(100);
  });
});
