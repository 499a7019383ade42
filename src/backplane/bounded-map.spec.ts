import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.js';

describe('BoundedMap', () => {
  it('holds what was set last, as many as it may', () => {
    const names = fc.array(fc.integer({ min: 0, max: 9 }).map(String), { maxLength: 100 });
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 8 }), (sets, maxCount) => {
        const map = new BoundedMap<number>(0, Infinity, maxCount);
        for (const [index, name] of sets.entries()) map.set(name, index);
        const newest = [...new Map(sets.toReversed().map((name, index) => [name, sets.length - 1 - index])).keys()];
        const kept = [...new Set(sets.toReversed())].slice(0, maxCount);
        expect(map.size).toBe(kept.length);
        for (const name of newest) {
          expect(map.get(name)).toBe(kept.includes(name) ? sets.lastIndexOf(name) : undefined);
        }
        expect(map.oldest).toBe(kept.length === 0 ? undefined : sets.lastIndexOf(kept.at(-1) ?? ''));
      }),
    );
  });

  it('takes no more bytes than it may, whatever the names', () => {
    const map = new BoundedMap<number>(10, 2000);
    for (let index = 0; index < 100; index += 1) {
      map.set('ж'.repeat(index), index);
      expect(map.bytes).toBeLessThanOrEqual(2000);
    }
    expect(map.get('ж'.repeat(99))).toBe(99);
    map.clear();
    expect([map.size, map.bytes, map.oldest]).toEqual([0, 0, undefined]);
  });

  it('does not keep what is too large for it', () => {
    const map = new BoundedMap<number>(10, 500);
    map.set('x'.repeat(1000), 1);
    expect([map.size, map.bytes]).toEqual([0, 0]);
  });

  it('takes setting a name again for no more bytes', () => {
    const map = new BoundedMap<number>(10, Infinity);
    map.set('a', 1);
    const { bytes } = map;
    map.set('a', 2);
    expect(map.bytes).toBe(bytes);
  });

  it('has nothing to forget when it is empty', () => {
    const map = new BoundedMap<number>(10, Infinity);
    map.forgetOldest();
    expect(map.bytes).toBe(0);
  });
});
