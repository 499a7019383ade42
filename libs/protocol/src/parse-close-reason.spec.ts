import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeCodes } from './close-codes.js';
import { closeReason } from './close-reason.js';
import { parseCloseReason } from './parse-close-reason.js';

const anyCode = fc.constantFrom(...closeCodes.map(({ code }) => code));

describe('parseCloseReason', () => {
  it('reads back what closeReason wrote', () => {
    fc.assert(
      fc.property(anyCode, fc.nat(), (code, retryAfterMs) => {
        expect(parseCloseReason(closeReason(code, retryAfterMs))).toEqual({ name: closeReason(code), retryAfterMs });
        expect(parseCloseReason(closeReason(code))).toEqual({ name: closeReason(code) });
      }),
    );
  });

  it('returns an empty name if there is no reason', () => {
    expect(parseCloseReason('')).toEqual({ name: '' });
  });

  it('ignores spaces and unknown parameters', () => {
    expect(parseCloseReason(' RECONNECT ; node=b ; retry_after_ms=20')).toEqual({
      name: 'RECONNECT',
      retryAfterMs: 20,
    });
  });

  it.each(['-5', '1e3', '', 'soon', '9'.repeat(16)])('ignores the malformed wait "%s"', (wait) => {
    expect(parseCloseReason(`RECONNECT;retry_after_ms=${wait}`)).toEqual({ name: 'RECONNECT' });
  });

  it('accepts any string', () => {
    const part = fc.oneof(
      fc.constantFrom(';', 'retry_after_ms=', '=', '7'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const reason = parts.join('');
        const { name, retryAfterMs = 0 } = parseCloseReason(reason);
        expect(reason.trimStart().startsWith(name)).toBe(true);
        expect(Number.isSafeInteger(retryAfterMs)).toBe(true);
      }),
    );
  });
});
