import { WsParamtype } from '@nestjs/websockets/enums/ws-paramtype.enum.js';
import { describe, expect, it } from 'vitest';
import { requestParameters } from './request-parameters.js';

const { SOCKET, PAYLOAD, ACK } = WsParamtype;
const value = (type: number, data: unknown, params: unknown): unknown =>
  requestParameters.exchangeKeyForValue(type, data, ['connection', params]);

describe('the parameters of a request', () => {
  it('are the connection, the params, or one of them', () => {
    expect(value(SOCKET, undefined, { n: 1 })).toBe('connection');
    expect(value(PAYLOAD, undefined, { n: 1 })).toEqual({ n: 1 });
    expect(value(PAYLOAD, 'n', { n: 1 })).toBe(1);
  });

  it('include nothing inherited, and nothing of a value that is not an object', () => {
    expect(value(PAYLOAD, 'constructor', {})).toBeUndefined();
    expect(value(PAYLOAD, 'length', 'text')).toBeUndefined();
    expect(value(PAYLOAD, 'n', null)).toBeUndefined();
    expect(value(ACK, undefined, {})).toBeNull();
  });
});
