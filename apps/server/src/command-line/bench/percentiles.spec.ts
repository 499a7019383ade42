import { describe, expect, it } from 'vitest';
import { percentilesOf } from './percentiles.js';

describe('percentiles', () => {
  it('are by the nearest rank, whatever the order of the samples', () => {
    const samples = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect(percentilesOf(samples)).toEqual({ p50: 100, p90: 180, p99: 198, max: 200 });
  });

  it('of one sample are all that one, and of none are 0', () => {
    expect(percentilesOf([1.234])).toEqual({ p50: 1.23, p90: 1.23, p99: 1.23, max: 1.23 });
    expect(percentilesOf([])).toEqual({ p50: 0, p90: 0, p99: 0, max: 0 });
  });
});
