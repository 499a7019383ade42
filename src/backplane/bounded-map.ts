import { Linked, LinkedList } from './linked-list.js';
import { ENTRY_BYTES, textBytes } from './memory-cost.js';

class Entry<Value> extends Linked<Entry<Value>> {
  constructor(
    readonly name: string,
    public value: Value,
  ) {
    super();
  }
}

/**
 * Small values by name. When there are more than `maxCount`, or they take more than `maxBytes`, those set longest ago are
 * forgotten. They stand in a list of their own, as the first key of a Map from which many were deleted is slow to find
 * (50 µs at 100,000).
 */
export class BoundedMap<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  private readonly bySetting = new LinkedList<Entry<Value>>();
  private total = 0;

  /** @param valueBytes what each value takes */
  constructor(
    private readonly valueBytes: number,
    private readonly maxBytes: number,
    private readonly maxCount = Infinity,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  get bytes(): number {
    return this.total;
  }

  /** The one that was set longest ago. */
  get oldest(): Value | undefined {
    return this.bySetting.first?.value;
  }

  get(name: string): Value | undefined {
    return this.entries.get(name)?.value;
  }

  set(name: string, value: Value): void {
    const entry = this.entries.get(name) ?? this.add(name, value);
    entry.value = value;
    this.bySetting.moveToEnd(entry);
    while (this.total > this.maxBytes || this.entries.size > this.maxCount) this.forgetOldest();
  }

  /** Harmless when there is none. */
  forgetOldest(): void {
    const { first } = this.bySetting;
    if (first === undefined) return;
    this.bySetting.remove(first);
    this.entries.delete(first.name);
    this.total -= this.bytesOf(first.name);
  }

  clear(): void {
    this.entries.clear();
    this.bySetting.clear();
    this.total = 0;
  }

  private add(name: string, value: Value): Entry<Value> {
    const entry = new Entry(name, value);
    this.entries.set(name, entry);
    this.total += this.bytesOf(name);
    return entry;
  }

  private bytesOf(name: string): number {
    return ENTRY_BYTES + textBytes(name) + this.valueBytes;
  }
}
