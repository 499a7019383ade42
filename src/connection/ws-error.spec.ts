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

  it.each(['', 'lower', '_A', '9A', 'A B', 'A-B', 'A\n', 'Ä', 'A'.repeat(65)])('refuses the code %j', (code) => {
    expect(() => new WsError(code as 'INVALID_PARAMS')).toThrow(TypeError);
  });

  it.each(['A', 'SHOP_OUT_OF_STOCK_2', 'A'.repeat(64)])('takes the code %s of an application', (code) => {
    const { message, ...body } = new WsError(code as 'INVALID_PARAMS').toBody();
    expect(body).toEqual({ code });
    expect(message).toBe('The server refused this; its code says why.');
  });

  it('is an Error whose message is the sentence', () => {
    const error = WsError.rateLimited(0.2);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('WsError');
    expect(error.message).toMatch(/too fast/);
    expect(error.details).toEqual({ retry_after_ms: 1 });
  });
});
