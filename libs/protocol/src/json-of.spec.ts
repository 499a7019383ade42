import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64 } from './base64.js';
import { jsonOf } from './json-of.js';

const json = fc.jsonValue({ maxDepth: 4 });

describe('jsonOf', () => {
  it('equals JSON.stringify for values without bytes', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(jsonOf(value)).toBe(JSON.stringify(value));
      }),
    );
    expect(jsonOf(undefined)).toBeUndefined();
    expect(jsonOf({ a: {}, b: { 0: 1 }, c: new Date(0) })).toBe(JSON.stringify({ a: {}, b: { 0: 1 }, c: new Date(0) }));
  });

  it.each([
    ['a Uint8Array', Uint8Array.of(1, 2, 3), 'AQID'],
    ['a Buffer', Buffer.from([1, 2, 3]), 'AQID'],
    ['no bytes at all', new Uint8Array(0), ''],
    ['an empty Buffer', Buffer.alloc(0), ''],
    ['a part of a larger buffer', new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4), 'AQID'],
    ['what toJSON returns', { toJSON: () => Uint8Array.of(1, 2, 3) }, 'AQID'],
  ])('writes %s as base64, wherever it is', (_what, bytes, text) => {
    expect(jsonOf(bytes)).toBe(JSON.stringify(text));
    expect(jsonOf([bytes])).toBe(JSON.stringify([text]));
    expect(jsonOf({ x: 1, list: [{ bytes }], z: bytes })).toBe(
      JSON.stringify({ x: 1, list: [{ bytes: text }], z: text }),
    );
  });

  it('tells of each bytes value', () => {
    let told = 0;
    jsonOf({ a: Uint8Array.of(1), b: [Buffer.of(2)], c: {} }, () => (told += 1));
    expect(told).toBe(2);
  });
});

describe('base64', () => {
  it('equals that of Node, with padding, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(base64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
  });
});
