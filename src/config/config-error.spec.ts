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
