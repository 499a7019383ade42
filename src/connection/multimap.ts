/** Marks several values of a key, in contrast to one value. */
class Several<V> extends Set<V> {}

/**
 * Values by key, each once per key. A key with one value has no set of its own: that would cost 216 bytes, and most
 * users have one connection.
 */
export class Multimap<K, V extends string | object> {
  private readonly entries = new Map<K, V | Several<V>>();

  /** Keys with at least one value. */
  get size(): number {
    return this.entries.size;
  }

  /** Returns false when the key had the value already. */
  add(key: K, value: V): boolean {
    const known = this.entries.get(key);
    if (known === undefined) {
      this.entries.set(key, value);
    } else if (known instanceof Several) {
      if (known.has(value)) return false;
      known.add(value);
    } else {
      if (known === value) return false;
      this.entries.set(key, new Several([known, value]));
    }
    return true;
  }

  /** Returns false when the key had no such value. */
  delete(key: K, value: V): boolean {
    const known = this.entries.get(key);
    if (!(known instanceof Several)) return known === value && this.entries.delete(key);
    if (!known.delete(value)) return false;
    if (known.size === 1) this.entries.set(key, [...known][0] as V);
    return true;
  }

  has(key: K, value: V): boolean {
    const known = this.entries.get(key);
    return known instanceof Several ? known.has(value) : known === value;
  }

  count(key: K): number {
    const known = this.entries.get(key);
    if (known === undefined) return 0;
    return known instanceof Several ? known.size : 1;
  }

  /** A snapshot, in the order in which they were added. */
  of(key: K): readonly V[] {
    const known = this.entries.get(key);
    if (known === undefined) return [];
    return known instanceof Several ? [...known] : [known];
  }
}
