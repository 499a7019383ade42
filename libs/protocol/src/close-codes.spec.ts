import { describe, expect, it } from 'vitest';
import { CloseCode, closeCodes, isSendableCloseCode } from './close-codes.js';

describe('closeCodes', () => {
  it('has exactly one row per close code, in ascending order', () => {
    const codes = closeCodes.map(({ code }) => code);
    expect(codes).toEqual(Object.values(CloseCode).toSorted((a, b) => a - b));
    expect(new Set(codes).size).toBe(23);
  });

  it('names each row after its member', () => {
    const memberOf = new Map(Object.entries(CloseCode).map(([key, code]) => [code, key]));
    for (const { code, name } of closeCodes) {
      expect(name.replaceAll('_', '').toLowerCase()).toBe(memberOf.get(code)?.toLowerCase());
    }
  });

  it('cannot be changed by an importer', () => {
    expect(Object.isFrozen(closeCodes) && closeCodes.every(Object.isFrozen)).toBe(true);
  });
});

describe('isSendableCloseCode', () => {
  it.each([...Object.values(CloseCode), 1010, 1014, 3000, 3999, 4999])('returns true for %d', (code) => {
    expect(isSendableCloseCode(code)).toBe(true);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535, 1000.5, -1, Number.NaN, Infinity])(
    'returns false for %d',
    (code) => {
      expect(isSendableCloseCode(code)).toBe(false);
    },
  );
});
