import type { Counter, Gauge, Histogram } from 'prom-client';

/**
 * The callbacks that run before a meter is read, by meter. Applications of one process share a meter, so its callbacks
 * outlive each of them.
 */
const flushes = new WeakMap<object, Set<() => void>>();

/**
 * Calls `flush` each time before the meter is read.
 * @returns a function that flushes a last time and ends this
 */
function beforeRead(meter: object, flush: () => void): () => void {
  const all = flushes.get(meter) ?? collected(meter);
  all.add(flush);
  return () => {
    all.delete(flush);
    flush();
  };
}

/** Makes the meter's `collect` run the callbacks. A `collect` that was set before still runs, after them. */
function collected(meter: object): Set<() => void> {
  const all = new Set<() => void>();
  flushes.set(meter, all);
  const collecting = meter as { collect?: () => unknown };
  const others = collecting.collect;
  collecting.collect = () => {
    for (const flush of all) flush();
    return others?.call(meter);
  };
  return all;
}

/**
 * Buffers the changes of a counter or gauge in a number until the meter is read, as `inc` of prom-client costs 0.2 µs.
 */
export class BufferedCounter {
  /** Adds the buffered changes to the meter; later ones are ignored. Call it when the application ends. */
  readonly end: () => void;
  private pending = 0;

  /** @param labels the only ones that it counts for */
  constructor(meter: Pick<Counter | Gauge, 'inc'>, labels: Readonly<Record<string, string>> = {}) {
    this.end = beforeRead(meter, () => {
      meter.inc(labels, this.pending);
      this.pending = 0;
    });
  }

  add(change: number): void {
    this.pending += change;
  }
}

/**
 * The internal state of prom-client for a set of labels. Changing it is the only way to add several observations at
 * once.
 */
interface Stored {
  readonly labels: Readonly<Record<string, string>>;
  readonly bucketValues: Record<number, number>;
  sum: number;
  count: number;
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** The counts by bucket; the last one is for values above all buckets. */
  readonly counts: number[];
  sum: number;
}

/**
 * Buffers the observations of a histogram with at most one label until it is read, as `observe` of prom-client costs
 * 1.7 µs.
 */
export class BufferedHistogram {
  /** As {@link BufferedCounter.end}. */
  readonly end: () => void;
  private readonly bounds: readonly number[];
  private readonly pending = new Map<string, Series>();

  /** @param label the name of its label, if it has one */
  constructor(
    private readonly histogram: Histogram,
    private readonly label?: string,
  ) {
    this.bounds = (histogram as unknown as { readonly upperBounds: readonly number[] }).upperBounds;
    this.end = beforeRead(histogram, () => this.flush());
  }

  observe(value: number, labelValue = ''): void {
    const series = this.pending.get(labelValue) ?? this.begin(labelValue);
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at += 1;
    series.counts[at] = (series.counts[at] as number) + 1;
    series.sum += value;
  }

  private begin(labelValue: string): Series {
    const labels = this.label === undefined ? {} : { [this.label]: labelValue };
    const series = { labels, counts: this.noCounts(), sum: 0 };
    this.pending.set(labelValue, series);
    return series;
  }

  private noCounts(): number[] {
    return Array.from({ length: this.bounds.length + 1 }, () => 0);
  }

  private flush(): void {
    for (const { labels, counts, sum } of this.pending.values()) {
      const stored = this.storedFor(labels);
      for (const [at, bound] of this.bounds.entries())
        stored.bucketValues[bound] = (stored.bucketValues[bound] ?? 0) + (counts[at] ?? 0);
      stored.count += counts.reduce((total, count) => total + count, 0);
      stored.sum += sum;
    }
    this.pending.clear();
  }

  private storedFor(labels: Series['labels']): Stored {
    return this.find(labels) ?? this.create(labels);
  }

  private create(labels: Series['labels']): Stored {
    this.histogram.zero(labels);
    return this.find(labels) as Stored;
  }

  private find(labels: Series['labels']): Stored | undefined {
    const { hashMap } = this.histogram as unknown as { readonly hashMap: Readonly<Record<string, Stored>> };
    const { label } = this;
    return Object.values(hashMap).find((stored) => label === undefined || stored.labels[label] === labels[label]);
  }
}
