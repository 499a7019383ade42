import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage } from './decode-client-message.js';
import { decodeServerMessage } from './decode-server-message.js';

const utf8 = new TextEncoder();
/** A client's message whose envelope and data are levels 1 and 2. */
const requestWith = (params: string): string =>
  `{"type":"request","data":{"method":"m","params":${params}},"correlation_id":"c"}`;

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const keys = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join(',')}}`;
const withId = (id: unknown): string => JSON.stringify({ type: 'ping', correlation_id: id });

describe('the limits of a message', () => {
  it('accept 32 levels of nesting and no 33rd', () => {
    expect(decodeClientMessage(requestWith(nested(30))).ok).toBe(true);
    expect(decodeClientMessage(requestWith(nested(31)))).toEqual({
      ok: false,
      fault: {
        code: 'INVALID_MESSAGE',
        message: 'The message is nested deeper than 32 levels.',
        correlationId: 'c',
        isRequest: true,
        details: { max: 32 },
      },
    });
  });

  it('accept 1,000 keys and not one more', () => {
    expect(decodeClientMessage(requestWith(keys(995))).ok).toBe(true);
    expect(decodeClientMessage(requestWith(keys(996)))).toMatchObject({
      fault: { message: 'The message has more than 1000 keys.', correlationId: 'c', details: { max: 1000 } },
    });
  });

  it('count each duplicate key', () => {
    const same = `{${Array.from({ length: 996 }, () => '"k":0').join(',')}}`;
    expect(decodeClientMessage(requestWith(same))).toMatchObject({ fault: { details: { max: 1000 } } });
  });

  it.each(['1e400', '-1e400', '9'.repeat(400)])('reject a number that would become Infinity', (number) => {
    expect(decodeClientMessage(requestWith(number))).toMatchObject({
      fault: { message: expect.stringMatching(/^The message has a number too large/), correlationId: 'c' },
    });
  });

  it.each(['[', '{"a":', '[{"a":'])('withstand 100,000 times %s', (opening) => {
    expect(decodeClientMessage(opening.repeat(100_000))).toMatchObject({
      ok: false,
      fault: { code: 'INVALID_MESSAGE' },
    });
    expect(decodeServerMessage(opening.repeat(100_000))).toMatchObject({ ok: false });
  });

  it('do not apply to a server, whose publishers are trusted', () => {
    const data = '['.repeat(5000) + ']'.repeat(5000);
    const text = `{"type":"event","data":${data},"metadata":{"channel":"a","timestamp":1}}`;
    expect(decodeServerMessage(text).ok).toBe(true);
    expect(decodeClientMessage(text).ok).toBe(false);
  });
});

describe('a fault', () => {
  it.each([
    ['parsed', '{"type":"request","correlation_id":"c","data":{}}', true],
    ['cut short', '{"type":"request","correlation_id":"c","data":', true],
    ['named last', '{"type":"ping","correlation_id":"c","type":"request","data":', true],
    ['without a correlation id', '{"type":"request","data":', undefined],
    ['of another type', '{"type":"subscribe","correlation_id":"c","data":{"type":"request"}}', undefined],
    ['without a type', '{"correlation_id":"c","data":', undefined],
  ])('has isRequest only for a request that could be answered: %s', (_what, text, isRequest) => {
    const decoded = decodeClientMessage(text);
    expect(decoded.ok ? 'ok' : decoded.fault.isRequest).toBe(isRequest);
  });
});

describe('text that is not a message', () => {
  it.each(['', ' ', '{', '{"type":}', "{'type':'ping'}", 'undefined', '{"type":"ping"}x', '\ufeff{"type":"ping"}'])(
    'is not valid JSON: %j',
    (text) => {
      const answer = { ok: false, fault: { code: 'INVALID_MESSAGE', message: 'The message is not valid JSON.' } };
      expect(decodeClientMessage(text)).toEqual(answer);
      expect(decodeClientMessage(utf8.encode(text))).toEqual(answer);
    },
  );

  it('is answered with the message to send instead where it is the bare text of a ping', () => {
    const fault = { code: 'INVALID_MESSAGE', message: expect.stringContaining('{"type":"ping"}') };
    expect(decodeClientMessage('ping')).toEqual({ ok: false, fault });
    expect(decodeClientMessage(utf8.encode('ping'))).toEqual({ ok: false, fault });
  });

  it.each(['null', '1', '"ping"', '[]', '[{"type":"ping"}]', 'true'])('is not a JSON object: %s', (text) => {
    expect(decodeClientMessage(text)).toMatchObject({
      ok: false,
      fault: { message: 'The message must be a JSON object.' },
    });
  });

  it.each([
    [[0xff]],
    [[0x22, 0xc0, 0x80, 0x22]],
    [[0x22, 0xed, 0xa0, 0x80, 0x22]],
    [[...utf8.encode('{"type":"ping"}'), 0xe2, 0x82]],
  ])('is not valid UTF-8: %j', (bytes) => {
    expect(decodeClientMessage(Uint8Array.from(bytes))).toEqual({
      ok: false,
      fault: { code: 'INVALID_MESSAGE', message: 'The message is not valid UTF-8.' },
    });
    expect(decodeClientMessage(utf8.encode('{"type":"ping"}')).ok).toBe(true);
  });

  it('causes a fault with its correlation id, if one can be read', () => {
    expect(decodeClientMessage('{"type":"nope","correlation_id":"c"}')).toMatchObject({
      fault: { correlationId: 'c' },
    });
    expect(decodeClientMessage('{"correlation_id":"c",')).toMatchObject({ fault: { correlationId: 'c' } });
  });
});

describe('the envelope', () => {
  it('must name a type', () => {
    expect(decodeClientMessage('{}')).toMatchObject({
      fault: {
        message: 'type must be a string; expected one of auth, subscribe, unsubscribe, request, ack, ping, pong.',
      },
    });
    expect(decodeClientMessage('{"type":["ping"]}').ok).toBe(false);
  });

  it.each(['nope', 'PING', '', 'constructor', '__proto__', 'toString'])('must name a known type: %j', (type) => {
    const decoded = decodeClientMessage(JSON.stringify({ type }));
    expect(decoded).toMatchObject({ ok: false, fault: { message: expect.stringMatching(/^The type is unknown; /) } });
  });

  it('must name a type of its sender', () => {
    expect(decodeClientMessage('{"type":"event","data":1}')).toMatchObject({
      fault: { message: expect.stringMatching(/^A client does not send messages of this type; expected one of auth,/) },
    });
    expect(decodeServerMessage('{"type":"auth","data":{"token":"t"}}')).toMatchObject({
      fault: { message: expect.stringMatching(/^A server does not send messages of this type; .* auth_response,/) },
    });
  });

  it('has a correlation id of at most 128 characters; a longer one is not echoed', () => {
    expect(decodeClientMessage(withId('c'.repeat(128))).ok).toBe(true);
    for (const wrong of ['c'.repeat(129), 7, null, {}, ['c']]) {
      expect(decodeClientMessage(withId(wrong))).toEqual({
        ok: false,
        fault: { code: 'INVALID_MESSAGE', message: 'correlation_id must be a string of at most 128 characters.' },
      });
    }
  });

  it.each([null, [], 'text', 1])('has an object as metadata, not %j', (metadata) => {
    expect(decodeClientMessage(JSON.stringify({ type: 'ping', metadata }))).toMatchObject({
      fault: { message: 'metadata must be an object.' },
    });
  });
});

describe('hostile content', () => {
  it('is not echoed in the fault of its message', () => {
    const secret = 'hunter2\r\n\u001b[31m';
    for (const message of [
      { type: secret },
      { type: 'auth', data: { token: [secret] } },
      { type: 'subscribe', data: { channels: [{ [secret]: secret }] } },
      { type: 'ping', metadata: secret },
      { type: 'request', data: { method: [secret] } },
    ]) {
      expect(JSON.stringify(decodeClientMessage(JSON.stringify(message)))).not.toContain('hunter2');
    }
    expect(JSON.stringify(decodeClientMessage('{"type":hunter2}'))).not.toContain('hunter2');
  });

  const smuggled = [
    '{"__proto__":{"type":"ping"}}',
    '{"type":"auth","data":{"__proto__":{"token":"t"}}}',
    '{"type":"auth","__proto__":{"data":{"token":"t"}}}',
    '{"type":"subscribe","data":{"channels":{"__proto__":["a"],"length":1}}}',
    '{"type":"subscribe","data":{"channels":[{"__proto__":{"channel":"a"}}]}}',
    '{"type":"request","data":{"constructor":{"prototype":{"method":"m"}}}}',
  ];

  it.each(smuggled)('does not pass by way of a prototype: %s', (text) => {
    expect(decodeClientMessage(text).ok).toBe(false);
  });

  it('changes no prototype', () => {
    const before = Reflect.ownKeys(Object.prototype);
    for (const text of [
      ...smuggled,
      requestWith('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'),
    ]) {
      decodeClientMessage(text);
      decodeServerMessage(text);
    }
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
    expect({}).not.toHaveProperty('admin');
  });

  it('keeps __proto__ and constructor as plain keys of free data', () => {
    const decoded = decodeClientMessage(requestWith('{"__proto__":{"admin":true},"constructor":1}'));
    if (!decoded.ok || decoded.message.type !== 'request') throw new Error('refused');
    expect(Object.getPrototypeOf(decoded.message.data.params)).toBe(Object.prototype);
    expect(JSON.stringify(decoded.message.data.params)).toBe('{"__proto__":{"admin":true},"constructor":1}');
  });

  it('has the last value of a duplicate key', () => {
    expect(decodeClientMessage('{"type":"nope","type":"ping"}')).toMatchObject({ ok: true, message: { type: 'ping' } });
    expect(decodeClientMessage('{"type":"ping","type":"nope"}').ok).toBe(false);
  });

  it('keeps lone surrogates unchanged', () => {
    const decoded = decodeClientMessage(requestWith(String.raw`"\ud800"`));
    expect(JSON.stringify(decoded)).toContain(String.raw`"params":"\ud800"`);
  });
});

describe('both decoders', () => {
  const verdict = expect.toBeOneOf([true, false]);

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeClientMessage(bytes)).toMatchObject({ ok: verdict });
        expect(decodeServerMessage(bytes)).toMatchObject({ ok: verdict });
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(decodeClientMessage(text)).toMatchObject({ ok: verdict });
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws on a valid type with arbitrary data', () => {
    const type = fc.constantFrom('auth', 'subscribe', 'unsubscribe', 'request', 'ack', 'ping', 'event', 'response');
    const key = fc.constantFrom('token', 'channels', 'method', 'timeout', 'channel', 'status', '__proto__', 'success');
    const data = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue()));
    fc.assert(
      fc.property(fc.record({ type, data, metadata: data }, { requiredKeys: ['type'] }), (message) => {
        expect(decodeClientMessage(JSON.stringify(message))).toMatchObject({ ok: verdict });
        expect(decodeServerMessage(JSON.stringify(message))).toMatchObject({ ok: verdict });
      }),
      { numRuns: 1000 },
    );
  });

  it('returns the same for a mutated message as text and as bytes, and rejects only with INVALID_MESSAGE', () => {
    const seeds = fc.constantFrom(
      requestWith('{"a":[1,"\\u00e9\\"",null]}'),
      '{"type":"subscribe","data":{"channels":["a",{"channel":"b","since":{"epoch":"e","offset":5}}]}}',
      '{"type":"ack","data":{"channel":"a","offset":1},"metadata":{"x":1}}',
    );
    const scrap = fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', '1e999', 'null', '\u0000', 'é', '-', '');
    fc.assert(
      fc.property(seeds, fc.nat(120), fc.nat(4), scrap, (seed, at, cut, insert) => {
        const mutant = seed.slice(0, at) + insert + seed.slice(at + cut);
        const decoded = decodeClientMessage(mutant);
        expect(decodeClientMessage(utf8.encode(mutant))).toEqual(decoded);
        expect(decoded.ok || decoded.fault.code === 'INVALID_MESSAGE').toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads bytes outside ASCII like text', () => {
    const text = requestWith('"zażółć 🦊 \\u0000"');
    expect(decodeClientMessage(utf8.encode(text))).toEqual(decodeClientMessage(text));
    expect(decodeClientMessage(text).ok).toBe(true);
  });
});
