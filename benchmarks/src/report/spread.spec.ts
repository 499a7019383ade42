import { describe, expect, it } from 'vitest';
import { ratios, spreadOf } from './spread.js';

describe('spreadOf', () => {
  it('takes the middle of an odd number of values, whatever their order', () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
  });

  it('takes the mean of the two in the middle of an even number', () => {
    expect(spreadOf([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
  });

  it('sorts values as numbers', () => {
    expect(spreadOf([10, 9, 100])).toEqual({ median: 10, min: 9, max: 100 });
  });

  it('rejects an empty list', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe('ratios', () => {
  it('divides round by round, so that a round that was slow for both does not show', () => {
    expect(ratios([1, 10, 2], [2, 20, 4])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  it('uses only the rounds that both sides have', () => {
    expect(ratios([1, 2, 3], [1, 1])).toEqual({ median: 1.5, min: 1, max: 2 });
  });
});
