import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairEntry, FairMap } from './fair-map.js';

class Item extends FairEntry<Item> {}

interface Known {
  readonly owner: string;
  readonly names: string[];
}

/**
 * Reference implementation of the eviction: the owner with the most entries loses its oldest. Among equals, it is the
 * owner that has had that number for longest.
 */
class Plain {
  private owners: Known[] = [];

  constructor(private readonly maxCount: number) {}

  get names(): string[] {
    return this.owners.flatMap(({ names }) => names).toSorted();
  }

  owner(name: string): string | undefined {
    return this.owners.find(({ names }) => names.includes(name))?.owner;
  }

  set(owner: string, name: string): string[] {
    const known = this.owners.find((each) => each.owner === owner) ?? { owner, names: [] };
    const isThere = known.names.includes(name);
    known.names.splice(0, known.names.length, ...known.names.filter((each) => each !== name), name);
    if (!isThere) this.placeLast(known);
    const gone: string[] = [];
    while (this.names.length > this.maxCount) gone.push(this.pushOut());
    return gone;
  }

  forget(name: string): void {
    const owner = this.owners.find(({ names }) => names.includes(name));
    if (owner === undefined) return;
    owner.names.splice(owner.names.indexOf(name), 1);
    this.placeLast(owner);
  }

  private pushOut(): string {
    const most = Math.max(...this.owners.map(({ names }) => names.length));
    const owner = this.owners.find(({ names }) => names.length === most) as Known;
    const name = owner.names.shift() as string;
    this.placeLast(owner);
    return name;
  }

  /** Moves an owner to the end: owners are in the order in which they reached their number of entries. */
  private placeLast(owner: Known): void {
    this.owners = this.owners.filter((each) => each !== owner);
    if (owner.names.length > 0) this.owners.push(owner);
  }
}

describe('FairMap', () => {
  it('matches a plain model: the owner with the most entries makes room', () => {
    const step = fc.record({
      do: fc.constantFrom('set', 'set', 'set', 'forget'),
      owner: fc.constantFrom('ann', 'bob', 'cid'),
      name: fc.nat({ max: 9 }).map(String),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 8 }), (steps, maxCount) => {
        const gone: string[] = [];
        const map = new FairMap<Item>(0, { maxCount }, ({ name }) => gone.push(name));
        const plain = new Plain(maxCount);
        for (const { do: what, owner, name: digit } of steps) {
          const name = `${owner}-${digit}`;
          gone.length = 0;
          const item = map.get(name);
          if (what === 'set') {
            map.set(owner, item ?? new Item(name));
            expect(gone).toEqual(plain.set(owner, name));
          } else {
            plain.forget(name);
            if (item !== undefined) map.forget(item);
          }
          expect(map.size).toBe(plain.names.length);
          for (const each of plain.names) expect(map.get(each)?.name).toBe(each);
        }
      }),
    );
  });

  it('never evicts the entries of an owner that has fewer', () => {
    const map = new FairMap<Item>(0, { maxCount: 100 });
    for (let at = 0; at < 10; at += 1) map.set('ann', new Item(`ann ${at}`));
    for (let user = 0; user < 9; user += 1) {
      for (let at = 0; at < 10_000; at += 1) map.set(`user ${user}`, new Item(`${user} ${at}`));
    }
    expect(map.size).toBe(100);
    expect(Array.from({ length: 10 }, (_, at) => map.get(`ann ${at}`)?.name)).not.toContain(undefined);
    expect(map.get('8 9999')).toBeDefined();
  });

  it('holds no more entries of one owner than its limit', () => {
    const map = new FairMap<Item>(0, { maxOfOwner: 3 });
    for (let at = 0; at < 5; at += 1) map.set('ann', new Item(`${at}`));
    map.set('bob', new Item('b'));
    expect(['0', '1', '2', '3', '4', 'b'].filter((name) => map.get(name) !== undefined)).toEqual(['2', '3', '4', 'b']);
    expect(map.oldestOf('ann')?.name).toBe('2');
  });

  it('counts no more bytes than its limit, whatever the names, and none when it is empty', () => {
    const map = new FairMap<Item>(10, { maxBytes: 2000 });
    const items = Array.from({ length: 100 }, (_, index) => new Item('ж'.repeat(index)));
    for (const [index, item] of items.entries()) {
      map.set('x'.repeat(index % 7), item);
      expect(map.bytes).toBeLessThanOrEqual(2000);
    }
    expect(map.get('ж'.repeat(99))).toBeDefined();
    for (const item of items) map.forget(item);
    expect([map.size, map.ownerCount, map.bytes]).toEqual([0, 0, 0]);
  });

  it('does not keep an entry that is too large for it', () => {
    const map = new FairMap<Item>(10, { maxBytes: 500 });
    map.set('ann', new Item('x'.repeat(1000)));
    expect([map.size, map.bytes]).toEqual([0, 0]);
  });

  it('iterates over the owners in turn, and returns the oldest entry of each', () => {
    const map = new FairMap<Item>(0, {});
    expect(map.oldestOfNext()).toBeUndefined();
    for (const name of ['a1', 'a2', 'b1', 'c1']) map.set(name[0] as string, new Item(name));
    const shown = () => map.oldestOfNext()?.name;
    expect([shown(), shown(), shown(), shown()]).toEqual(['a1', 'b1', 'c1', 'a1']);
    map.clear();
    expect([shown(), map.size, map.ownerCount, map.bytes]).toEqual([undefined, 0, 0, 0]);
  });
});
