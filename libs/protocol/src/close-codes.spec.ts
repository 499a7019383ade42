import { describe, expect, it } from 'vitest';
import { CloseCode, closeCodes, isSendableCloseCode, reconnectRule } from './close-codes.js';

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

describe('reconnectRule', () => {
  it.each(closeCodes)('follows the table for $code $name', ({ code, client }) => {
    expect(reconnectRule(code)).toBe(client === 'stop' ? 'stop' : 'reconnect');
  });

  it.each([CloseCode.Normal, CloseCode.GoingAway])('reconnects after %i, which a proxy sends at a reload', (code) => {
    expect(reconnectRule(code)).toBe('reconnect');
  });

  it('keeps every application code of the table within its range', () => {
    for (const { code } of closeCodes.filter((row) => row.code >= 4000)) {
      expect(reconnectRule(code)).toBe(code < 4500 ? 'reconnect' : 'stop');
    }
  });

  it.each([4007, 4499])('reconnects after the unknown code %i', (code) => {
    expect(reconnectRule(code)).toBe('reconnect');
  });

  it.each([4506, 4999])('stops after the unknown code %i', (code) => {
    expect(reconnectRule(code)).toBe('stop');
  });

  it.each([0, 1005, 1006, 1014, 1015, 3000, 3999, 5000])(
    'reconnects after %i, which is not a verdict of this server',
    (code) => {
      expect(reconnectRule(code)).toBe('reconnect');
    },
  );
});
