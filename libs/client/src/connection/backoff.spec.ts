import { describe, expect, it } from 'vitest';
import { backoff } from './backoff.js';

const options = { firstWindow: 2_000, base: 1_000, max: 20_000, stableAfter: 10_000, maxAttempts: Infinity };
const range = (failures: number, hint?: number) =>
  [0, 0.999_999].map((dice) => Math.round(backoff(failures, options, () => dice, hint)));

describe('backoff', () => {
  it.each([
    [0, 2_100],
    [1, 2_100],
    [2, 4_100],
    [4, 16_100],
    [5, 20_100],
    [60, 20_100],
  ])('after %i failures is spread evenly from 100 to %i ms', (failures, most) => {
    expect(range(failures)).toEqual([100, most]);
  });

  it('follows the hint of the server, and adds up to a fifth', () => {
    expect(range(7, 5_000)).toEqual([5_000, 6_000]);
    expect(range(0, 0)).toEqual([0, 0]);
  });
});
