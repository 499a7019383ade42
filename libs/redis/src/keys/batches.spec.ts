import { describe, expect, it } from 'vitest';
import { batchesOf } from './batches.js';

describe('batchesOf', () => {
  it('keeps the order, and has no batch of more than so many', () => {
    expect(batchesOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(batchesOf([], 2)).toEqual([]);
  });

  it('has no batch of two groups', () => {
    const batches = batchesOf([1, 2, 3, 4, 5, 6, 7], 2, (number) => number % 2);
    expect(batches).toEqual([[1, 3], [2, 4], [5, 7], [6]]);
  });
});
