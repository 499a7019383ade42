import { describe, expect, it } from 'vitest';
import { workerCount } from './worker-count.js';

describe('the number of workers', () => {
  it('is that of the cores with auto', () => {
    expect(workerCount('auto', () => 6)).toBe(6);
  });

  it('is what the application says', () => {
    expect([1, 2, 512].map((workers) => workerCount(workers))).toEqual([1, 2, 512]);
  });

  it.each([0, -1, 1.5, Number.NaN, 513, 'all' as 'auto'])('is refused when it is %j', (workers) => {
    expect(() => workerCount(workers)).toThrow(/^workers is .*; allowed: 'auto' or a whole number from 1 to 512\.$/);
  });
});
