import { Buffer } from 'node:buffer';
import * as oracle from '@msgpack/msgpack';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonOfMsgpack } from './json-of-msgpack.js';
import { msgpackOfJson } from './msgpack-of-json.js';
import { packValue } from './pack.js';
import { unpackValue } from './unpack.js';

const packed = (value: unknown): Uint8Array => packValue(value) as Uint8Array;
const json = fc.jsonValue({ maxDepth: 5, depthSize: 'large' });
const text = fc.string({ unit: 'binary', maxLength: 80 });
const bytes = fc.uint8Array({ maxLength: 300 });
/** Values of a message that MessagePack has and JSON does not: bytes among them. */
const { value: binary } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(bytes, text, fc.integer(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(text, tie('value'), { maxKeys: 20, noNullPrototype: true }),
  ),
}));

describe('MessagePack that is written', () => {
  it('is what another library reads as the same value', () => {
    fc.assert(
      fc.property(binary, (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        expect(oracle.decode(packed(value))).toEqual(value);
      }),
    );
  });

  it('takes as few bytes as that of another library', () => {
    fc.assert(
      fc.property(binary, (value) => {
        expect(Buffer.from(packed(value))).toEqual(Buffer.from(oracle.encode(value)));
      }),
    );
  });

  it('is read again as the same value', () => {
    fc.assert(
      fc.property(binary, (value) => {
        expect(unpackValue(packed(value))).toEqual(value);
      }),
    );
  });

  it('has the JSON of its value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(jsonOfMsgpack(packed(value)).json).toBe(JSON.stringify(value));
      }),
    );
  });
});

describe('MessagePack of another library', () => {
  it('is read as the same value', () => {
    fc.assert(
      fc.property(binary, fc.boolean(), (value, sortKeys) => {
        expect(unpackValue(oracle.encode(value, { sortKeys }))).toEqual(value);
      }),
    );
  });

  it('keeps 32-bit floats exactly', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        // A whole float is an integer in JSON, so `-0` is 0.
        expect(unpackValue(oracle.encode(value, { forceFloat32: true }))).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});

describe('JSON text as MessagePack', () => {
  it('has the value of the text', () => {
    fc.assert(
      fc.property(json, fc.constantFrom('', ' ', '\n\t'), (value, space) => {
        const read = unpackValue(msgpackOfJson(JSON.stringify(value, null, space)));
        expect(read).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('comes back as the same text without its white space', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const once = JSON.stringify(value);
        expect(jsonOfMsgpack(msgpackOfJson(once)).json).toBe(once);
      }),
    );
  });

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '18446744073709551615',
    '-9223372036854775808',
    '{"b":1,"a":2,"b":3}',
    '{"2":1,"1":2}',
    '{"__proto__":{"x":1}}',
    '0',
    '-0',
    '0.1',
    '1e+21',
    '""',
    '[]',
    '{}',
    '[[],[{}],{"a":[]}]',
    '"\\u0000\\ud83d\\ude00"',
  ])('keeps %s exactly', (source) => {
    expect(jsonOfMsgpack(msgpackOfJson(source)).json).toBe(
      JSON.stringify(JSON.parse(source)) === source ? source : exact(source),
    );
  });

  it.each([
    ['1', [1]],
    ['1.0', [0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]],
    ['1e0', [0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]],
    ['4294967296', [0xcf, 0, 0, 0, 1, 0, 0, 0, 0]],
    ['-4294967297', [0xd3, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff]],
    ['18446744073709551616', [0xcb, 0x43, 0xf0, 0, 0, 0, 0, 0, 0]],
    ['"\\ud800"', [0xa3, 0xef, 0xbf, 0xbd]],
  ])('writes %s as these bytes', (source, expected) => {
    expect([...msgpackOfJson(source)]).toEqual(expected);
  });

  it('is at most 2.25 times as long as the text', () => {
    fc.assert(
      fc.property(fc.oneof(json, fc.array(fc.constantFrom(0.5, 1.5, -0.5, 1e21, 5e-324))), (value) => {
        const source = JSON.stringify(value);
        expect(msgpackOfJson(source).length).toBeLessThanOrEqual(2.25 * (Buffer.byteLength(source) + 1));
      }),
    );
  });

  it.each([15, 16, 65_535, 65_536])('has %i elements and keys, with the head that they need', (size) => {
    const list = Array.from({ length: size }, (_, at) => at);
    const map = Object.fromEntries(list.map((at) => [`k${at}`, [at]]));
    for (const value of [list, map]) {
      expect(oracle.decode(msgpackOfJson(JSON.stringify(value)))).toEqual(value);
      expect(oracle.decode(packed(value))).toEqual(value);
    }
  });

  it.each([0, 31, 32, 40, 41, 255, 256, 65_535, 65_536])('has strings and bytes of %i bytes', (size) => {
    for (const value of ['x'.repeat(size), 'ä'.repeat(size), 'x'.repeat(size) + '€', new Uint8Array(size).fill(7)]) {
      expect(oracle.decode(packed([value]))).toEqual([value]);
      expect(unpackValue(packed([value]))).toEqual([value]);
    }
  });

  it('withstands 100,000 levels', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(jsonOfMsgpack(msgpackOfJson(deep)).json).toBe(deep);
    expect(unpackValue(msgpackOfJson(deep))).toHaveLength(1);
  });
});

/** These are no text of `JSON.stringify`, but exact all the same. */
const exact = (source: string): string => source.replaceAll('\\ud83d\\ude00', '😀');
