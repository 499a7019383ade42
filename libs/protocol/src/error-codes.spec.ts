import { describe, expect, it } from 'vitest';
import { defaultErrorMessage, WsErrorCode } from './error-codes.js';

const codes = Object.values(WsErrorCode);

describe('WsErrorCode', () => {
  it('has twenty-one different codes', () => {
    expect(new Set(codes).size).toBe(21);
  });

  it('names each member after its value', () => {
    for (const [key, value] of Object.entries(WsErrorCode)) {
      expect(key.replace(/(?<!^)[A-Z]/g, '_$&').toUpperCase()).toBe(value);
    }
  });
});

describe('defaultErrorMessage', () => {
  it.each(codes)('has a sentence of its own for %s', (code) => {
    const sentence = defaultErrorMessage(code);
    expect(sentence).toMatch(/^[A-Z].{20,110}\.$/);
    expect(codes.filter((other) => defaultErrorMessage(other) === sentence)).toEqual([code]);
  });
});
