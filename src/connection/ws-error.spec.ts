import { describe, expect, it } from 'vitest';
import { WsError } from './ws-error.js';

describe('WsError', () => {
  it('has a body with its code, message and details, and without details if there are none', () => {
    expect(new WsError('INVALID_PARAMS', 'No.', { field: 'x' }).toBody()).toEqual({
      code: 'INVALID_PARAMS',
      message: 'No.',
      details: { field: 'x' },
    });
    expect(Object.keys(WsError.connectionNotFound().toBody())).toEqual(['code', 'message']);
  });

  it('is an Error whose message is the sentence', () => {
    const error = WsError.rateLimited(0.2);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('WsError');
    expect(error.message).toMatch(/too fast/);
    expect(error.details).toEqual({ retry_after_ms: 1 });
  });
});
