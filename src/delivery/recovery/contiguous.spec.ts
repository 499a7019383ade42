import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredPublication } from '../../backplane/index.js';
import { takeContiguous, contiguousAfter } from './contiguous.js';

const event = (offset: number, epoch = 'e'): StoredPublication => ({
  channel: 'a',
  dataJson: String(offset),
  timestamp: 0,
  position: { epoch, offset },
  kind: undefined,
});
const events = (...offsets: number[]): StoredPublication[] => offsets.map((offset) => event(offset));
const at = (offset: number, epoch = 'e') => ({ epoch, offset });
const offsetsOf = (publications: readonly StoredPublication[]): number[] =>
  publications.map(({ position }) => position.offset);

describe('takeContiguous', () => {
  it.each([
    ['nothing', [], [], 3],
    ['what comes next', [4, 5], [4, 5], 5],
    ['what was had already', [1, 2, 3], [], 3],
    ['what was had, and what comes next', [2, 3, 4], [4], 4],
    ['one twice', [4, 4, 5, 4, 5, 6], [4, 5, 6], 6],
    ['what comes after a hole', [5, 6], [], 3],
    ['what comes before and after a hole', [4, 6, 7], [4], 4],
  ])('takes the contiguous events after position 3 of: %s', (_what, given, taken, position) => {
    const sequel = takeContiguous(at(3), events(...given));
    expect(offsetsOf(sequel.publications)).toEqual(taken);
    expect(sequel.position).toEqual(at(position));
  });

  it('ends where the epoch changes', () => {
    const sequel = takeContiguous(at(3), [event(4), event(5, 'f'), event(5)]);
    expect(offsetsOf(sequel.publications)).toEqual([4]);
  });

  it('takes the offsets after the position without a gap, and no more, of any events in order', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), fc.array(fc.nat({ max: 25 })), (position, offsets) => {
        const given = offsets.toSorted((a, b) => a - b);
        const sequel = takeContiguous(at(position), events(...given));
        const expected: number[] = [];
        while (given.includes(position + expected.length + 1)) expected.push(position + expected.length + 1);
        expect(offsetsOf(sequel.publications)).toEqual(expected);
        expect(sequel.position.offset).toBe(position + expected.length);
      }),
    );
  });
});

describe('contiguousAfter', () => {
  it('reports a new epoch if the top has another one, whatever the page contains', () => {
    expect(contiguousAfter(at(3, 'old'), { publications: events(4), top: at(4) })).toBe('epoch');
  });

  it('returns all events after a position or reports a gap, never a part, for any history', () => {
    const scene = fc.record({
      top: fc.nat({ max: 30 }),
      kept: fc.nat({ max: 30 }),
      since: fc.nat({ max: 35 }),
      limit: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(scene, ({ top, kept, since, limit }) => {
        const oldest = Math.max(1, top - kept + 1);
        const all = Array.from({ length: top - oldest + 1 }, (_, n) => oldest + n);
        const page = all.filter((offset) => offset > since).slice(0, limit);
        const sequel = contiguousAfter(at(since), { publications: events(...page), top: at(top) });
        const isWhole = since <= top && since + 1 >= oldest;
        expect(sequel).toEqual(isWhole ? { publications: events(...page), position: at(page.at(-1) ?? since) } : 'gap');
      }),
    );
  });

  it('reports a gap within the page itself', () => {
    expect(contiguousAfter(at(3), { publications: events(4, 6), top: at(6) })).toBe('gap');
  });
});
