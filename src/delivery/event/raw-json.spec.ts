import { describe, expect, it } from 'vitest';
import { payloadOf } from './payload.js';
import { RawJson } from './raw-json.js';

describe('RawJson', () => {
  it('is published as it was written', () => {
    expect(payloadOf(new RawJson('[ 9007199254740993,1.0 ]')).dataJson).toBe('[ 9007199254740993,1.0 ]');
  });

  it('is equal to the result of JSON.parse when it is part of another value', () => {
    expect(payloadOf({ a: new RawJson('[ 1.0 ]') }).dataJson).toBe('{"a":[1]}');
  });

  it.each(['', '{', '\ufeff1', '{"a":1e400}', '"\ud800"', 'undefined'])(
    'rejects text that is not JSON or would change: %j',
    (text) => {
      expect(() => new RawJson(text)).toThrow(SyntaxError);
    },
  );

  it('may be deeper than any message of a client', () => {
    expect(new RawJson(`${'['.repeat(1000)}${']'.repeat(1000)}`).text).toHaveLength(2000);
  });
});
