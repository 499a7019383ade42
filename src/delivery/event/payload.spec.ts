import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { payloadOf } from './payload.js';

const cycle: { self?: unknown } = {};
cycle.self = cycle;

describe('payloadOf', () => {
  it.each([null, 0, '', false, [], {}, { at: new Date(0) }])('writes %j as JSON', (data) => {
    expect(payloadOf(data)).toEqual({ dataJson: JSON.stringify(data), dataBinary: undefined });
  });

  it.each([Uint8Array.of(1, 2, 255), Buffer.of(1, 2, 255)])(
    'writes bytes as base64, and beside it as bytes',
    (bytes) => {
      const { dataJson, dataBinary } = payloadOf({ a: [bytes] });
      expect(dataJson).toBe('{"a":["AQL/"]}');
      expect(dataBinary).toEqual(Uint8Array.from([0x81, 0xa1, 0x61, 0x91, 0xc4, 3, 1, 2, 255]));
    },
  );

  it('rejects with INVALID_PARAMS what can be written as JSON once only', () => {
    let calls = 0;
    const data = {
      bytes: Uint8Array.of(1),
      toJSON() {
        calls += 1;
        if (calls > 2) throw new Error('no');
        return this.inner;
      },
      inner: { bytes: Uint8Array.of(1) },
    };
    expect(() => payloadOf(data)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMS' }));
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => {}],
    ['a symbol', Symbol('x')],
    ['a BigInt', { n: 1n }],
    ['a cycle', cycle],
    [
      'a toJSON that throws',
      {
        toJSON() {
          throw new Error('no');
        },
      },
    ],
    [
      'a toJSON that throws null',
      {
        toJSON() {
          throw null as unknown as Error;
        },
      },
    ],
  ])('rejects %s with INVALID_PARAMS', (_what, data) => {
    expect(() => payloadOf(data)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMS' }));
  });
});
