import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeClientMessage } from './decode-client-message.js';
import { jsonFault, messageLimitFault } from './json-text.js';
import { publishedSource } from './published-source.js';
import { elementsOf, sourceAt } from './source-text.js';

/** Strings that look like structure or like the keys that are looked for. */
const confusing = fc
  .array(fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', 'data', 'params', ' ', '\n', '\u2028'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(confusing, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(confusing, tie('value'), { maxKeys: 3 }),
  ),
})).value;

const spacing = fc.constantFrom(undefined, 1, '\t', '\n\r');

describe('sourceAt', () => {
  it('finds the value that JSON.parse finds, in any JSON', () => {
    fc.assert(
      fc.property(json, json, json, json, spacing, (before, value, beside, after, space) => {
        const message = { before, data: { beside, params: { data: value, after }, data: beside }, after };
        const found = sourceAt(JSON.stringify(message, undefined, space), ['data', 'params', 'data']);
        expect(found).toBeDefined();
        expect(JSON.stringify(JSON.parse(found as string))).toBe(JSON.stringify(value));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes the last of duplicate keys, at every level', () => {
    expect(sourceAt('{"a":{"b":1},"a":{"b":2,"b":3}}', ['a', 'b'])).toBe('3');
    expect(sourceAt('{"a":{"b":1},"a":{"c":2}}', ['a', 'b'])).toBeUndefined();
    expect(sourceAt('{"a":{"b":1},"a":5}', ['a', 'b'])).toBeUndefined();
    expect(sourceAt('{"a":{"b":{"c":1}},"a":{"b":[{"c":2}]}}', ['a', 'b', 'c'])).toBeUndefined();
  });

  it('finds a key however it is escaped', () => {
    expect(sourceAt(String.raw`{"\u0064at\u0061":1}`, ['data'])).toBe('1');
    expect(sourceAt(String.raw`{"dat\\":1,"dat\"":2}`, ['data'])).toBeUndefined();
  });

  it.each(['1', '-0', '1e2', 'null', '"x\\"y"', '[]', '{}', '[1,{"a":"]"}]', '{"a":"}"}', '9007199254740993'])(
    'returns %s as it was written',
    (value) => {
      expect(sourceAt(`{"data":${value}}`, ['data'])).toBe(value);
      expect(sourceAt(` { "data" :\n ${value} , "x" : 1 } `, ['data'])).toBe(value);
    },
  );
});

describe('elementsOf', () => {
  it('splits an array as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 5 }), spacing, (values, space) => {
        const elements = elementsOf(JSON.stringify(values, undefined, space));
        expect(elements.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(
          values.map((value) => JSON.stringify(value)),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('publishedSource', () => {
  const paramsOf = (text: string): object => {
    const decoded = decodeClientMessage(text);
    if (!decoded.ok || decoded.message.type !== 'request') throw new Error('no request');
    return decoded.message.data.params as object;
  };

  it('returns the text of the data of a publish as the client wrote it', () => {
    const data = '{ "id" : 9007199254740993, "__proto__":1, "a":1.0,"a":"\\ud800" }';
    const message = `{"type":"request","data":{"method":"publish","params":{"channel":"a","data":${data}}}}`;
    expect(publishedSource(paramsOf(message))?.json).toBe(data);
  });

  it('returns nothing for other requests, or for objects that others made', () => {
    expect(publishedSource(paramsOf('{"type":"request","data":{"method":"x","params":{"data":1}}}'))).toBeUndefined();
    expect(publishedSource({ data: 1 })).toBeUndefined();
  });
});

describe('jsonFault', () => {
  it.each([
    ['{"a":1e400}', 'number'],
    ['{"a":', 'not valid JSON'],
    ['\ufeff1', 'not valid JSON'],
    ['', 'not valid JSON'],
  ])('rejects %s', (text, part) => {
    expect(jsonFault(text)).toContain(part);
  });
});

describe('messageLimitFault', () => {
  const deep = `${'['.repeat(33)}${']'.repeat(33)}`;
  const wide = `{${Array.from({ length: 1001 }, (_, at) => `"${at}":0`).join(',')}}`;

  it.each([
    ['33 levels', deep, '32 levels'],
    ['1001 keys', wide, '1000 keys'],
    ['a number beyond a double', '{"a":1e400}', 'number'],
  ])('rejects %s in a sentence', (_name, text, part) => {
    expect(messageLimitFault(text)).toContain(part);
  });

  it('accepts 32 levels, while jsonFault has no limit of levels or keys', () => {
    expect([jsonFault(deep), jsonFault(wide)]).toEqual([undefined, undefined]);
    expect(messageLimitFault(deep.slice(1, -1))).toBeUndefined();
  });
});
