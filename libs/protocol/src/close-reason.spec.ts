import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CloseCode, closeCodes } from './close-codes.js';
import { closeReason, parseCloseReason } from './close-reason.js';
import { protocolLimits } from './limits.js';

const anyCode = fc.constantFrom(...closeCodes.map(({ code }) => code));

describe('closeReason', () => {
  it('is the name of the code', () => {
    expect(closeReason(CloseCode.SlowConsumer)).toBe('SLOW_CONSUMER');
  });

  it('carries the wait in whole milliseconds, rounded up', () => {
    expect(closeReason(CloseCode.ServiceRestart, 1500)).toBe('SERVICE_RESTART;retry_after_ms=1500');
    expect(closeReason(CloseCode.ServiceRestart, 0.2)).toBe('SERVICE_RESTART;retry_after_ms=1');
    expect(closeReason(CloseCode.ServiceRestart, 0)).toBe('SERVICE_RESTART;retry_after_ms=0');
  });

  it.each([-1, Number.NaN, Infinity])('omits a wait of %d', (wait) => {
    expect(closeReason(CloseCode.TryAgainLater, wait)).toBe('TRY_AGAIN_LATER');
  });

  it('is the number of a code that the table does not contain', () => {
    expect(closeReason(4999)).toBe('4999');
  });

  it('always fits a close frame', () => {
    fc.assert(
      fc.property(anyCode, fc.option(fc.double(), { nil: undefined }), (code, wait) => {
        const reason = closeReason(code, wait);
        expect(reason).toMatch(/^[A-Z_]+(;retry_after_ms=\d+)?$/);
        expect(reason.length).toBeLessThanOrEqual(protocolLimits.maxCloseReasonBytes);
      }),
    );
  });
});

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
