import { describe, expect, it } from 'vitest';
import { eventJson } from './event-json.js';

const cycle: { self?: unknown } = {};
cycle.self = cycle;

describe('eventJson', () => {
  it.each([null, 0, '', false, [], {}, { at: new Date(0) }])('writes %j as JSON', (data) => {
    expect(eventJson(data)).toBe(JSON.stringify(data));
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
    expect(() => eventJson(data)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMS' }));
  });
});
