import { describe, expect, it } from 'vitest';
import { eventJson } from './event-json.js';
import { RawJson } from './raw-json.js';

describe('RawJson', () => {
  it('is published as it was written', () => {
    expect(eventJson(new RawJson('[ 9007199254740993,1.0 ]'))).toBe('[ 9007199254740993,1.0 ]');
  });

  it('is what JSON.parse makes of it inside of another value', () => {
    expect(eventJson({ a: new RawJson('[ 1.0 ]') })).toBe('{"a":[1]}');
  });

  it.each(['', '{', '\ufeff1', '{"a":1e400}', '"\ud800"', 'undefined'])(
    'refuses what is not JSON or would change: %j',
    (text) => {
      expect(() => new RawJson(text)).toThrow(SyntaxError);
    },
  );

  it('takes what is as deep as nothing that a client may send', () => {
    expect(new RawJson(`${'['.repeat(1000)}${']'.repeat(1000)}`).text).toHaveLength(2000);
  });
});
