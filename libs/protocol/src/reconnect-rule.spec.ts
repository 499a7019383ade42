import { describe, expect, it } from 'vitest';
import { CloseCode, closeCodes } from './close-codes.js';
import { reconnectRule } from './reconnect-rule.js';

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
