import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCorrelation, readCorrelationId } from './find-correlation-id.js';

const findCorrelationId = (text: string): string | undefined => findCorrelation(text).correlationId;

const escaped = (length: number): string => `{"correlation_id":"${String.raw`\u0041`.repeat(length)}",`;

describe('findCorrelation', () => {
  it('finds what JSON.parse finds, in valid JSON of any content', () => {
    const anyId = fc.string({ unit: 'binary', maxLength: 64 });
    fc.assert(
      fc.property(anyId, fc.jsonValue(), fc.jsonValue(), fc.constantFrom(undefined, 2), (id, before, after, space) => {
        const text = JSON.stringify({ before, correlation_id: id, after }, undefined, space);
        expect(findCorrelationId(text)).toBe(id);
      }),
    );
  });

  it('takes the last of several ids, as JSON.parse does', () => {
    expect(findCorrelationId('{"correlation_id":"a","correlation_id":"b"}')).toBe('b');
    expect(findCorrelationId('{"correlation_id":"a","correlation_id":7}')).toBeUndefined();
  });

  it('finds the type in the same way', () => {
    expect(findCorrelation('{"type":"ping","correlation_id":"a","data":{"type":"inner"},"type":"request",').type).toBe(
      'request',
    );
    expect(findCorrelation('{"data":{"type":"inner"}}').type).toBeUndefined();
  });

  it('does not take an id from within the data', () => {
    expect(findCorrelationId('{"data":{"correlation_id":"inner"}}')).toBeUndefined();
    expect(findCorrelationId('{"data":"\\"correlation_id\\":\\"inner\\""}')).toBeUndefined();
  });

  it.each([
    '{"correlation_id":"id","data":',
    '{"correlation_id" : "id" "data"}',
    '{"data":[[[[]]]],"correlation_id":"id"',
    '{"correlation_id":"id","data":"\\',
  ])('finds it in broken JSON: %s', (text) => {
    expect(findCorrelationId(text)).toBe('id');
  });

  it.each([
    '{"correlation_id":"id',
    '{"correlation_id"',
    '{"correlation_id":null}',
    '{"correlation_id":"\\x"}',
    '{"correlation_id":"a\nb"}',
    `{"correlation_id":"${'a'.repeat(129)}"}`,
    `{"correlation_id":"${'a'.repeat(5000)}"}`,
    '',
  ])('finds none in %s', (text) => {
    expect(findCorrelationId(text)).toBeUndefined();
  });

  it('finds an id of 128 characters that are all escaped, and none of 129', () => {
    expect(findCorrelationId(escaped(128))).toBe('A'.repeat(128));
    expect(findCorrelationId(escaped(129))).toBeUndefined();
  });

  it('never throws', () => {
    const scrap = fc.constantFrom('{', '}', '"correlation_id"', ':', '"', '\\', 'a', ' ', '[', '"x"');
    fc.assert(
      fc.property(fc.array(scrap, { maxLength: 40 }), (parts) => {
        expect(['string', 'undefined']).toContain(typeof findCorrelationId(parts.join('')));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('readCorrelationId', () => {
  it('accepts a string of at most 128 characters, including the empty one', () => {
    expect(readCorrelationId('')).toBe('');
    expect(readCorrelationId('a'.repeat(128))).toHaveLength(128);
    expect(readCorrelationId('a'.repeat(129))).toBeUndefined();
    expect(readCorrelationId(7)).toBeUndefined();
  });
});
