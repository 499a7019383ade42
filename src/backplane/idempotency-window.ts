import type { Position } from '@skreaver/protocol';
import type { Clock } from './clock.js';
import { FairEntry, FairMap } from './fair-map.js';
import { SEEN_BYTES } from './memory-cost.js';

const WINDOW_MS = 5 * 60_000;
/** Maximum number of keys that one sweep looks at or forgets, which takes about a millisecond. */
const SWEPT_AT_ONCE = 5000;

/** Holds epoch and offset as fields: a position object for each key would double its memory. */
class Seen extends FairEntry<Seen> {
  private readonly epoch: string | undefined;
  private readonly offset: number;

  constructor(
    name: string,
    position: Position | undefined,
    readonly until: number,
  ) {
    super(name);
    this.epoch = position?.epoch;
    this.offset = position?.offset ?? 0;
  }

  get position(): Position | undefined {
    return this.epoch === undefined ? undefined : { epoch: this.epoch, offset: this.offset };
  }
}

/**
 * The idempotency keys of the last five minutes, with the results of their publications (PROTOCOL §6). Over `maxKeys`,
 * the publisher with the most keys loses its oldest early.
 */
export class IdempotencyWindow {
  private readonly seen: FairMap<Seen>;

  /** @param forgotten called for each key that was forgotten before its five minutes were over */
  constructor(
    private readonly clock: Clock,
    maxKeys: number,
    forgotten: () => void,
  ) {
    this.seen = new FairMap<Seen>(SEEN_BYTES, { maxCount: maxKeys }, ({ until }) => {
      if (until > clock.elapsed()) forgotten();
    });
  }

  get bytes(): number {
    return this.seen.bytes;
  }

  /**
   * Returns the result of the publication with the key; undefined if the key is unknown or expired.
   * @param name hash of the key, its publisher and its channel
   */
  find(name: string): { readonly position: Position | undefined } | undefined {
    const seen = this.seen.get(name);
    return seen !== undefined && seen.until > this.clock.elapsed() ? seen : undefined;
  }

  remember(publisher: string, name: string, position: Position | undefined): void {
    const time = this.clock.elapsed();
    const former = this.seen.get(name);
    if (former !== undefined) this.seen.forget(former);
    this.expire(this.seen.oldestOf(publisher), time, SWEPT_AT_ONCE);
    this.seen.set(publisher, new Seen(name, position, Math.round(time) + WINDOW_MS));
  }

  sweep(): void {
    const time = this.clock.elapsed();
    let left = SWEPT_AT_ONCE;
    for (let owners = this.seen.ownerCount; owners > 0 && left > 0; owners -= 1) {
      left = this.expire(this.seen.oldestOfNext(), time, left - 1);
    }
  }

  clear(): void {
    this.seen.clear();
  }

  /**
   * Forgets expired keys of one publisher, beginning with `first`, the oldest. Returns how many of `left` may still be
   * forgotten.
   */
  private expire(first: Seen | undefined, time: number, left: number): number {
    let oldest = first;
    let rest = left;
    while (oldest !== undefined && oldest.until <= time && rest > 0) {
      const { next } = oldest;
      this.seen.forget(oldest);
      oldest = next;
      rest -= 1;
    }
    return rest;
  }
}
