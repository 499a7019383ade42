import { Buffer } from 'node:buffer';
import * as oracle from '@msgpack/msgpack';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage } from '../decode-client-message.js';
import { publishedSource } from '../published-source.js';
import { pack, packValue } from './pack.js';
import { unpack } from './unpack.js';

const packed = (value: unknown): Uint8Array => packValue(value) as Uint8Array;
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
/** `{"type":"request","correlation_id":"c","data":{"method":"m","params":…}}`, with these bytes at the end. */
const requestWith = (params: Uint8Array): Uint8Array =>
  Buffer.concat([
    hex('83'),
    packed('type'),
    packed('request'),
    packed('correlation_id'),
    packed('c'),
    packed('data'),
    hex('82'),
    packed('method'),
    packed('m'),
    packed('params'),
    params,
  ]);
const nested = (levels: number): Uint8Array => Buffer.concat([new Uint8Array(levels).fill(0x91), hex('90')]);
const keys = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 0]));
const fault = (message: RegExp | string) => ({
  ok: false,
  fault: { code: 'INVALID_MESSAGE', message: expect.stringMatching(message), correlationId: 'c', isRequest: true },
});

describe('a message in MessagePack', () => {
  it('is decoded as the same message in JSON is', () => {
    const message = {
      type: 'subscribe',
      data: { channels: ['a', { channel: 'b', since: 'acked' }] },
      correlation_id: 'x',
    };
    expect(unpack(packed(message))).toEqual(decodeClientMessage(JSON.stringify(message)));
  });

  it('has the same faults of shape as in JSON, whatever its content', () => {
    const message = fc.record(
      {
        type: fc.constantFrom('auth', 'subscribe', 'request', 'ack', 'ping', 'event', 'nothing', 7),
        data: fc.jsonValue(),
        correlation_id: fc.oneof(fc.string({ unit: 'binary' }), fc.integer()),
        metadata: fc.oneof(fc.constant({}), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(message, (value) => {
        expect(unpack(packed(value))).toEqual(decodeClientMessage(JSON.stringify(value)));
      }),
    );
  });

  it('holds bytes, as a copy', () => {
    const bytes = requestWith(packed({ blob: Uint8Array.of(1, 2) }));
    const decoded = unpack(bytes);
    bytes.fill(0);
    expect(decoded).toMatchObject({ ok: true, message: { data: { params: { blob: Uint8Array.of(1, 2) } } } });
    expect(
      unpack(requestWith(packed({ blob: Uint8Array.of(1, 2) })), 'client', (part) => Buffer.from(part)),
    ).toMatchObject({
      message: { data: { params: { blob: Buffer.of(1, 2) } } },
    });
  });

  it('rounds integers beyond 2^53, as JSON.parse does', () => {
    expect(unpack(requestWith(hex('cf 0020000000000001')))).toMatchObject({
      message: { data: { params: 9007199254740992 } },
    });
  });

  it('takes the last of two equal keys', () => {
    expect(unpack(hex('82 a474797065 a470696e67 a474797065 a4706f6e67'))).toEqual({
      ok: true,
      message: { type: 'pong' },
    });
  });

  it('sets no prototype by a key', () => {
    const decoded = unpack(requestWith(hex('81 a9 5f5f70726f746f5f5f 81 a161 01')));
    const params = decoded.ok && decoded.message.type === 'request' ? decoded.message.data.params : undefined;
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
    expect(Object.keys(params as object)).toEqual(['__proto__']);
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it.each([
    ['a metadata', { type: 'ping', metadata: Uint8Array.of(1) }],
    ['data', { type: 'ping', data: Uint8Array.of(1) }],
    ['a correlation id', { type: 'ping', correlation_id: Uint8Array.of(1) }],
    ['a type', { type: Uint8Array.of(1) }],
    ['all of it', Uint8Array.of(1)],
  ])('is refused with bytes as %s', (_what, message) => {
    expect(unpack(packed(message))).toMatchObject({ ok: false, fault: { code: 'INVALID_MESSAGE' } });
  });
});

describe('the limits of a message in MessagePack', () => {
  it('accept 32 levels of nesting and no 33rd', () => {
    expect(unpack(requestWith(nested(29))).ok).toBe(true);
    expect(unpack(requestWith(nested(30)))).toMatchObject({
      ...fault(/32 levels/),
      fault: { details: { max: 32 } },
    });
  });

  it('accept 1,000 keys and not one more', () => {
    expect(unpack(requestWith(packed(keys(995)))).ok).toBe(true);
    expect(unpack(requestWith(packed(keys(996))))).toMatchObject({
      ...fault(/1000 keys/),
      fault: { details: { max: 1000 } },
    });
  });

  it('do not apply to a server, whose publishers are trusted', () => {
    const event = { type: 'event' as const, data: keys(2000), metadata: { channel: 'a', timestamp: 1 } };
    expect(unpack(pack(event), 'server').ok).toBe(true);
  });
});

describe('bytes that are not a message', () => {
  it.each([
    ['nothing', ''],
    ['the unused byte', 'c1'],
    ['a map without its content', '81'],
    ['a map that claims 2^32 entries', 'df ffffffff'],
    ['an array that claims 2^32 elements', 'dd ffffffff 00'],
    ['a string that claims 2^32 bytes', 'db ffffffff 61'],
    ['bytes that claim 2^32 bytes', 'c6 ffffffff 61'],
    ['a number cut short', 'cb 3ff0'],
    ['a length cut short', 'da 00'],
    ['an integer cut short', 'd3 00'],
  ])('are refused without being allocated for: %s', (_what, bytes) => {
    expect(unpack(hex(bytes))).toEqual({
      ok: false,
      fault: { code: 'INVALID_MESSAGE', message: 'The message is not valid MessagePack.' },
    });
  });

  it('hold no extension type, short or long, nor a timestamp', () => {
    for (const bytes of ['d4 01 00', 'd6 ff 00000000', 'c7 01 05 00'])
      expect(unpack(requestWith(hex(bytes)))).toMatchObject(fault(/extension type/));
  });

  it('hold no string that is not UTF-8, half of a surrogate pair and overlong forms included', () => {
    for (const bytes of ['a1 ff', 'a3 eda080', 'a2 c0af', `d9 40 ${'61'.repeat(63)} ff`])
      expect(unpack(requestWith(hex(bytes)))).toMatchObject(fault(/not valid UTF-8/));
  });

  it.each([
    ['a key that is a number', '81 01 01', /key that is not a string/],
    ['a key that is bytes', '81 c4 01 61 01', /key that is not a string/],
    ['NaN', 'cb 7ff8000000000000', /not finite/],
    ['Infinity', 'ca 7f800000', /not finite/],
    ['the unused byte', 'c1', /not valid MessagePack/],
    ['bytes after its end', '01 01', /bytes after its end/],
  ])('are refused by their correlation id, inside a request: %s', (_what, bytes, message) => {
    expect(unpack(requestWith(hex(bytes)))).toMatchObject(fault(message));
  });

  it.each(['91', '81 a161'])('withstand 100,000 times %s', (opening) => {
    expect(unpack(hex(opening.repeat(100_000))).ok).toBe(false);
    expect(unpack(hex(opening.repeat(100_000)), 'server').ok).toBe(false);
  });

  it('get a verdict, whatever they are: never an exception', () => {
    const any = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(any, (bytes) => {
        expect(typeof unpack(bytes).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(any, (bytes) => {
        expect(typeof unpack(requestWith(bytes)).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });

  it('are never taken where another library finds them malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
        if (unpack(requestWith(bytes)).ok) expect(() => oracle.decode(bytes, { useBigInt64: true })).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the source of what is published', () => {
  const publish = (data: Uint8Array): object => {
    const bytes = Buffer.concat([
      hex('82'),
      packed('type'),
      packed('request'),
      packed('data'),
      hex('82'),
      packed('method'),
      packed('publish'),
      packed('params'),
      hex('82'),
      packed('data'),
      data,
      packed('channel'),
      packed('a'),
    ]);
    const decoded = unpack(bytes);
    if (!decoded.ok || decoded.message.type !== 'request') throw new Error('not decoded');
    return decoded.message.data.params as object;
  };

  it('is JSON with all digits, in the order of its keys', () => {
    const data = hex('83 a162 cf0020000000000001 a161 d38000000000000000 a162 01');
    expect(publishedSource(publish(data))).toEqual({ json: '{"b":9007199254740993,"a":-9223372036854775808,"b":1}' });
  });

  it('is also MessagePack, exactly as it was, if it has bytes', () => {
    const data = hex('82 a161 c402 0102 a162 cd0001');
    expect(publishedSource(publish(data))).toEqual({ json: '{"a":"AQI=","b":1}', msgpack: Uint8Array.from(data) });
  });
});
