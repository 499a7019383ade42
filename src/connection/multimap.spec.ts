import { array, assert, constantFrom, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Multimap } from './multimap.js';

const keys = ['a', 'b', ''] as const;
const values = ['x', 'y', 'z', ''] as const;
const step = record({
  what: constantFrom('add' as const, 'delete' as const),
  key: constantFrom(...keys),
  value: constantFrom(...values),
});

describe('a multimap', () => {
  it('contains what a map of sets would contain, whatever is added and deleted', () => {
    assert(
      property(array(step, { maxLength: 40 }), (steps) => {
        const multimap = new Multimap<string, string>();
        const model = new Map<string, Set<string>>();
        for (const { what, key, value } of steps) {
          const known = model.get(key) ?? new Set<string>();
          const had = known.has(value);
          if (what === 'add') {
            model.set(key, known.add(value));
            expect(multimap.add(key, value)).toBe(!had);
          } else {
            known.delete(value);
            if (known.size === 0) model.delete(key);
            expect(multimap.delete(key, value)).toBe(had);
          }
          expect(multimap.size).toBe(model.size);
          for (const each of keys) {
            const held = model.get(each) ?? new Set<string>();
            expect(multimap.of(each)).toEqual([...held]);
            expect(multimap.count(each)).toBe(held.size);
            expect(values.filter((one) => multimap.has(each, one))).toEqual(values.filter((one) => held.has(one)));
          }
        }
      }),
    );
  });

  it('returns a snapshot', () => {
    const multimap = new Multimap<string, string>();
    multimap.add('a', 'x');
    multimap.add('a', 'y');
    const before = multimap.of('a');
    multimap.delete('a', 'x');
    expect(before).toEqual(['x', 'y']);
  });
});
