import { anything, assert, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';

describe('ConfigError', () => {
  it('is an Error with one sentence per problem, each on its line', () => {
    const error = new ConfigError([
      { field: 'pingInterval', value: 'abc', allowed: 'a whole number' },
      { field: 'maxConnection', allowed: "did you mean 'maxConnections'?" },
    ]);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('ConfigError');
    expect(error.message.split('\n')).toEqual([
      'pingInterval is "abc"; allowed: a whole number.',
      "maxConnection is not known; did you mean 'maxConnections'?",
    ]);
  });
});

/** Returns the text of a value in the error message about it. */
function shown(value: unknown): string {
  const { message } = new ConfigError([{ field: 'x', value, allowed: 'y' }]);
  return message.slice('x is '.length, -'; allowed: y.'.length);
}

describe('a value in the sentence of an error', () => {
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
  ])('%s is shown as %s', (value, text) => {
    expect(shown(value)).toBe(text);
  });

  it('is shown without throwing if it has no JSON', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(shown(circle)).toBe('an object');
    expect(shown({ size: 1n })).toBe('an object');
  });

  it('is shown whole up to 80 characters and cut after them', () => {
    expect(shown('x'.repeat(78))).toBe(`"${'x'.repeat(78)}"`);
    expect(shown('x'.repeat(79))).toBe(`"${'x'.repeat(78)}…`);
  });

  it('has at most 80 characters, whatever the value', () => {
    assert(property(anything(), (value) => shown(value).length <= 80));
  });
});
