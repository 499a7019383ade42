import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closingQuote, scanJson } from './scan-json.js';

/** Reference implementation of the scan, written in the obvious way. */
function measure(value: unknown): { depth: number; keys: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, keys: 0 };
  const children = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...children.map(({ depth }) => depth)),
    keys: (Array.isArray(value) ? 0 : children.length) + children.reduce((sum, { keys }) => sum + keys, 0),
  };
}

/** Strings that look like structure, so that a scan which loses track of a quote miscounts. */
const confusingString = fc
  .array(fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', '1e999', 'a', '\u2028', '\ud800', ' '), {
    maxLength: 150,
    size: 'max',
  })
  .map((parts) => parts.join(''));

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: 'large' },
    fc.oneof(confusingString, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(confusingString, tie('value'), { maxKeys: 4 }),
  ),
})).value;

const spacing = fc.constantFrom(undefined, 1, '\t', '\n\r');

describe('scanJson', () => {
  it('agrees with a recursive count of depth and keys', () => {
    fc.assert(
      fc.property(json, spacing, (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        const { depth, keys } = measure(value);
        expect(scanJson(text, depth, keys)).toBe('ok');
        expect(scanJson(text, depth - 1, keys)).toBe(depth > 0 ? 'too-deep' : 'ok');
        expect(scanJson(text, depth, keys - 1)).toBe(keys > 0 ? 'too-many-keys' : 'ok');
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['1e400', 'number-too-large'],
    ['[-1E+400]', 'number-too-large'],
    ['{"a":9e308}', 'number-too-large'],
    [`1${'0'.repeat(309)}`, 'number-too-large'],
    [`[${'9'.repeat(400)}.5]`, 'number-too-large'],
    ['9'.repeat(309), 'number-too-large'],
    ['9'.repeat(308), 'ok'],
    ['1.7976931348623157e308', 'ok'],
    [`1${'0'.repeat(308)}`, 'ok'],
    [`0.${'1'.repeat(400)}`, 'ok'],
    ['1e-400', 'ok'],
    ['"1e400"', 'ok'],
    ['[true,false,1e5,12345]', 'ok'],
  ])('judges the number of %s', (text, verdict) => {
    expect(scanJson(text, 10, 10)).toBe(verdict);
  });

  it('accepts no number that a double cannot hold', () => {
    const exponent = fc.integer({ min: 280, max: 330 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999 }), exponent, fc.boolean(), (digits, power, written) => {
        const text = written ? `[${digits}e${power}]` : `[${digits}${'0'.repeat(power)}]`;
        const lost = JSON.stringify(JSON.parse(text)) === '[null]';
        expect(scanJson(text, 10, 10)).toBe(lost ? 'number-too-large' : 'ok');
      }),
    );
  });

  it('needs no stack for 100,000 nested arrays', () => {
    expect(scanJson('['.repeat(100_000), 100_000, 0)).toBe('ok');
    expect(scanJson('['.repeat(100_000), 99_999, 0)).toBe('too-deep');
  });
});

describe('closingQuote', () => {
  it('finds the end of a string whatever is escaped in it', () => {
    fc.assert(
      fc.property(confusingString, confusingString, (content, after) => {
        const literal = JSON.stringify(content);
        expect(closingQuote(`${literal}${after}`, 0)).toBe(literal.length - 1);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([1, 62, 63, 64, 65, 66, 200])('finds a quote after %i characters, escaped or not', (length) => {
    expect(closingQuote(`"${'a'.repeat(length)}"`, 0)).toBe(length + 1);
    expect(closingQuote(`"${'a'.repeat(length)}\\""`, 0)).toBe(length + 3);
    expect(closingQuote(`"${'a'.repeat(length)}\\\\"`, 0)).toBe(length + 3);
  });

  it.each(['"', '"abc', '"abc\\', '"\\"', `"${'a'.repeat(100)}\\"`])(
    'returns the end of the text for %j, which has no closing quote',
    (text) => {
      expect(closingQuote(text, 0)).toBe(text.length);
    },
  );
});
