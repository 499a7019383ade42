import { describe, expect, it } from 'vitest';
import { KeyHash } from './key-hash.js';

describe('KeyHash', () => {
  it('makes 16 bytes of any key, and the same bytes of the same key', () => {
    const hash = new KeyHash();
    for (const key of ['k', 'ж'.repeat(128), '\ud800']) {
      const name = hash.of('chat', 'ann', key);
      expect(name).toMatch(/^[\0-\xff]{16}$/s);
      expect(hash.of('chat', 'ann', key)).toBe(name);
    }
  });

  it('differs by channel, user, application and key, however they are put together', () => {
    const hash = new KeyHash();
    const names = [
      hash.of('a', 'b', 'c'),
      hash.of('ab', '', 'c'),
      hash.of('a', '', 'bc'),
      hash.of('a', undefined, 'c'),
      hash.of('a', 'null', 'c'),
      hash.of('a', 'b","c', 'd'),
      hash.of('a', 'b', 'c","d'),
      hash.of('a', 'b', '\ud800'),
      hash.of('a', 'b', '\ud801'),
      hash.of('a', 'b', '\ufffd'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it('uses a secret, so that nobody can search for a collision', () => {
    expect(new KeyHash().of('chat', 'ann', 'k')).not.toBe(new KeyHash().of('chat', 'ann', 'k'));
  });
});
