import { describe, expect, it } from 'vitest';
import { describeError } from './describe-error.js';

describe('an exception in the log', () => {
  it('has its name, message and stack as fields', () => {
    const error = new RangeError('too far');
    expect(describeError(error)).toEqual({ name: 'RangeError', message: 'too far', stack: error.stack });
  });

  it('has no field for a missing stack', () => {
    const error = new Error('bare');
    delete error.stack;
    expect(describeError(error)).toEqual({ name: 'Error', message: 'bare' });
  });

  it.each([
    ['text', { name: 'string', message: 'text' }],
    [undefined, { name: 'undefined', message: 'undefined' }],
    [null, { name: 'object', message: 'null' }],
  ])('has the type as name if it is not an Error but %j', (thrown, fields) => {
    expect(describeError(thrown)).toEqual(fields);
  });
});
