import { anything, assert, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownValue } from './shown-value.js';

describe('shownValue', () => {
  it.each([
    ['abc', '"abc"'],
    [1, '1'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [10n, '10n'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [[1, 'a'], '[1,"a"]'],
    [{ a: 1 }, '{"a":1}'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, 'a function'],
    [{ toJSON: () => undefined }, 'an object'],
  ])('shows %s as %s', (value, text) => {
    expect(shownValue(value)).toBe(text);
  });

  it('shows what has no JSON without throwing', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(shownValue(circle)).toBe('an object');
    expect(shownValue({ size: 1n })).toBe('an object');
  });

  it('shows 80 characters whole and cuts the 81st', () => {
    expect(shownValue('x'.repeat(78))).toBe(`"${'x'.repeat(78)}"`);
    expect(shownValue('x'.repeat(79))).toBe(`"${'x'.repeat(78)}…`);
  });

  it('is at most 80 characters of any value', () => {
    assert(property(anything(), (value) => shownValue(value).length <= 80));
  });
});
