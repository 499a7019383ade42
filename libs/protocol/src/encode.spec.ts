import { describe, expect, it } from 'vitest';
import { encode, encodeEvent } from './encode.js';
import type { EventMessage } from './messages.js';

const metadata = { channel: 'a', timestamp: 1 };
const event = (data: unknown): EventMessage => ({ type: 'event', data, metadata });

describe('encode', () => {
  it('writes one line of JSON without undefined keys', () => {
    const text = encode({ type: 'ping', data: { timestamp: 1 }, correlation_id: undefined });
    expect(text).toBe('{"type":"ping","data":{"timestamp":1}}');
  });

  it('writes a payload of null', () => {
    expect(encode(event(null))).toContain('"data":null');
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  let deep: unknown = 0;
  for (let level = 0; level < 200_000; level++) deep = [deep];
  const throwing = {
    toJSON(): never {
      throw new RangeError('inside');
    },
  };

  it.each([
    ['a BigInt', 1n],
    ['a cycle', cycle],
    ['nesting beyond the stack', deep],
    ['a toJSON that throws', throwing],
  ])('throws a TypeError for %s, with the reason as its cause', (_, data) => {
    const attempt = (): string => encode(event(data));
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(expect.objectContaining({ message: 'The message cannot be written as JSON.' }));
    expect(attempt).toThrow(expect.objectContaining({ cause: expect.any(Error) }));
  });

  it.each([undefined, () => 1, Symbol('s'), { toJSON: () => undefined }])(
    'throws a TypeError for an event whose data has no JSON',
    (data) => {
      expect(() => encode(event(data))).toThrow(new TypeError('An event must have data.'));
    },
  );
});

describe('encodeEvent', () => {
  it.each([undefined, '', 'ask-1', '"\\\n\u2028\ud800'])(
    'writes the same as encode, with the correlation id %j',
    (id) => {
      const full = {
        ...metadata,
        epoch: 'e',
        offset: 3,
        from: { user_id: 'ann' },
        kind: 'join',
        gap: { from: 1, to: 2 },
      } as const;
      for (const data of [null, 'text "quoted"', { a: [1, { b: '🦊' }] }, 0]) {
        const whole = encode({ type: 'event', data, correlation_id: id, metadata: full });
        expect(encodeEvent(JSON.stringify(data), full, id)).toBe(whole);
        expect(encodeEvent(JSON.stringify(data), JSON.stringify(full), id)).toBe(whole);
      }
    },
  );
});
