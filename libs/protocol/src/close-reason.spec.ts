import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CloseCode, closeCodes } from './close-codes.js';
import { closeReason } from './close-reason.js';
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
