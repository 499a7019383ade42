import { Linked, LinkedList } from './linked-list.js';
import { ENTRY_BYTES, OWNER_BYTES, textBytes } from './memory-cost.js';

/** An entry of a {@link FairMap}. It is in one map at most. */
export abstract class FairEntry<Entry extends FairEntry<Entry>> extends Linked<Entry> {
  /** @internal */ owner: Owner<Entry> | undefined;

  /** @param name unique among the entries of all owners */
  constructor(readonly name: string) {
    super();
  }
}

/** An owner of entries, with its entries in the order in which they were set. */
class Owner<Entry extends FairEntry<Entry>> extends Linked<Owner<Entry>> {
  readonly entries = new LinkedList<Entry>();
  count = 0;

  constructor(readonly name: string) {
    super();
  }
}

interface FairLimits {
  readonly maxBytes?: number;
  readonly maxCount?: number;
  /** The maximum for one owner. */
  readonly maxOfOwner?: number;
}

/**
 * Entries by name, each of one owner, with fair eviction: over the limits, the owner with the most entries loses its
 * oldest. An owner with many entries evicts its own, not those of others. Owners are in lists by their number of
 * entries, so the largest is found in O(1).
 */
export class FairMap<Entry extends FairEntry<Entry>> {
  private readonly entries = new Map<string, Entry>();
  private readonly owners = new Map<string, Owner<Entry>>();
  private readonly byCount = new Map<number, LinkedList<Owner<Entry>>>();
  private most = 0;
  private total = 0;
  private walk = this.owners.values();

  /**
   * @param entryBytes the bytes of an entry beside its name
   * @param pushedOut called for each evicted entry
   */
  constructor(
    private readonly entryBytes: number,
    private readonly limits: FairLimits,
    private readonly pushedOut: (entry: Entry) => void = () => {},
  ) {}

  get size(): number {
    return this.entries.size;
  }

  get ownerCount(): number {
    return this.owners.size;
  }

  get bytes(): number {
    return this.total;
  }

  get(name: string): Entry | undefined {
    return this.entries.get(name);
  }

  /** Returns the entry that an owner set longest ago. */
  oldestOf(ownerName: string): Entry | undefined {
    return this.owners.get(ownerName)?.entries.first;
  }

  /** Returns the oldest entry of the next owner: each call goes one owner further (round robin). */
  oldestOfNext(): Entry | undefined {
    let next = this.walk.next();
    if (next.done === true) {
      this.walk = this.owners.values();
      next = this.walk.next();
    }
    return next.value?.entries.first;
  }

  /** Adds an entry, or makes an existing one the newest of its owner. */
  set(ownerName: string, entry: Entry): void {
    const owner = entry.owner ?? this.add(ownerName, entry);
    owner.entries.moveToEnd(entry);
    const { maxBytes = Infinity, maxCount = Infinity, maxOfOwner = Infinity } = this.limits;
    if (owner.count > maxOfOwner) this.pushOut(owner);
    while (this.total > maxBytes || this.size > maxCount) this.pushOut(this.byCount.get(this.most)?.first);
  }

  forget(entry: Entry): void {
    const { owner } = entry;
    if (owner === undefined) return;
    entry.owner = undefined;
    owner.entries.remove(entry);
    this.entries.delete(entry.name);
    this.total -= this.bytesOf(entry);
    this.recount(owner, -1);
  }

  clear(): void {
    this.entries.clear();
    this.owners.clear();
    this.byCount.clear();
    this.walk = this.owners.values();
    this.most = 0;
    this.total = 0;
  }

  private add(ownerName: string, entry: Entry): Owner<Entry> {
    const owner = this.owners.get(ownerName) ?? new Owner<Entry>(ownerName);
    entry.owner = owner;
    this.entries.set(entry.name, entry);
    this.total += this.bytesOf(entry);
    this.recount(owner, 1);
    return owner;
  }

  private pushOut(owner: Owner<Entry> | undefined): void {
    const entry = owner?.entries.first;
    if (entry === undefined) return;
    this.forget(entry);
    this.pushedOut(entry);
  }

  private recount(owner: Owner<Entry>, change: 1 | -1): void {
    const { list: before, count: former } = owner;
    owner.count += change;
    if (owner.count === 0) {
      before?.remove(owner);
      this.owners.delete(owner.name);
      this.total -= bytesOfOwner(owner);
    } else {
      this.listOf(owner.count).moveToEnd(owner);
      if (former === 0) {
        this.owners.set(owner.name, owner);
        this.total += bytesOfOwner(owner);
      }
    }
    if (before?.first === undefined) this.byCount.delete(former);
    // If the highest list is empty now, its owner has just moved to the next lower list, or was the last owner of all.
    if (owner.count > this.most || !this.byCount.has(this.most)) this.most = owner.count;
  }

  private listOf(count: number): LinkedList<Owner<Entry>> {
    const known = this.byCount.get(count);
    if (known !== undefined) return known;
    const list = new LinkedList<Owner<Entry>>();
    this.byCount.set(count, list);
    return list;
  }

  private bytesOf({ name }: Entry): number {
    return ENTRY_BYTES + this.entryBytes + textBytes(name);
  }
}

const bytesOfOwner = ({ name }: { readonly name: string }): number => OWNER_BYTES + textBytes(name);
