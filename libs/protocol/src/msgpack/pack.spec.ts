import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { EventMessage } from '../messages.js';
import { jsonOfMsgpack } from './json-of-msgpack.js';
import { msgpackOfJson } from './msgpack-of-json.js';
import { pack, packValue } from './pack.js';
import { Packed } from './packed.js';
import { unpackValue } from './unpack.js';

const event = (data: unknown): EventMessage => ({ type: 'event', data, metadata: { channel: 'a', timestamp: 1 } });
const holdsItself: { self?: object } = {};
holdsItself.self = holdsItself;

describe('a message that is packed', () => {
  it.each([
    ['a key that is undefined', { a: undefined, b: 1 }],
    ['undefined in an array', [undefined, () => 1, Symbol('s')]],
    ['a toJSON', { at: new Date(0), made: { toJSON: (key: string) => `of ${key}` } }],
    ['a toJSON whose result has another', { toJSON: () => ({ toJSON: () => 1, a: 2 }) }],
    ['numbers that are not finite', [Number.NaN, Infinity, -Infinity, -0]],
    ['boxed values', [Object(1), Object('s'), Object(false)]],
    [
      'a Map and a class',
      [
        new Map([[1, 2]]),
        new (class Named {
          readonly x = 1;
        })(),
      ],
    ],
    ['keys that look like numbers', { 2: 'b', 1: 'a' }],
    ['no prototype', Object.assign(Object.create(null) as object, { x: 1 })],
  ])('has the value that JSON has: %s', (_what, data) => {
    expect(jsonOfMsgpack(pack(event(data))).json).toBe(JSON.stringify(event(data)));
  });

  it('has bytes where the value has a Uint8Array or a Buffer', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const data = { plain: bytes, node: Buffer.from(bytes), made: { toJSON: () => bytes } };
    expect(unpackValue(pack(event(data)))).toEqual(event({ plain: bytes, node: bytes, made: bytes }));
  });

  it.each([
    ['a BigInt', { n: 1n }],
    ['a cycle', holdsItself],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('x');
        },
      },
    ],
    ['nothing', undefined],
    ['nesting beyond the stack', Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], 0)],
  ])('is refused with a TypeError: %s', (_what, data) => {
    expect(() => pack(event(data))).toThrow(TypeError);
  });

  it('may be packed while another is', () => {
    const data = { toJSON: () => [...(packValue({ inner: 'x'.repeat(100) }) as Uint8Array)] };
    const [inner] = [packValue({ inner: 'x'.repeat(100) }) as Uint8Array];
    expect(unpackValue(pack(event(data)))).toMatchObject({ data: [...inner] });
  });
});

describe('a part that is packed already', () => {
  it('is spliced in as it is, also where there is more than one', () => {
    const chunk = new Packed(packValue({ chunk: Uint8Array.of(255) }) as Uint8Array);
    const exact = new Packed(msgpackOfJson('{"b":9007199254740993,"a":1,"b":2}'));
    const message = event({ list: [chunk, 1], exact });
    expect(jsonOfMsgpack(pack(message)).json).toContain(
      '{"list":[{"chunk":"/w=="},1],"exact":{"b":9007199254740993,"a":1,"b":2}}',
    );
    expect(unpackValue(pack(event(chunk)))).toEqual(event({ chunk: Uint8Array.of(255) }));
  });
});
