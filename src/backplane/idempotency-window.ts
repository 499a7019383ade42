import type { Position } from '@skreaver/protocol';
import type { Clock } from './clock.js';
import { ENTRY_BYTES, textBytes } from './memory-cost.js';

const WINDOW_MS = 5 * 60_000;
const MOST_KEYS = 100_000;

interface Seen {
  readonly position: Position | undefined;
  readonly until: number;
}

/**
 * The idempotency keys of the last five minutes, with what became of them (protocol section 6). When there are more than
 * 100,000, or they take more than `maxBytes`, the oldest are forgotten before their time.
 */
export class IdempotencyWindow {
  /** Oldest first. */
  private readonly seen = new Map<string, Seen>();
  private total = 0;

  constructor(
    private readonly clock: Clock,
    private readonly maxBytes: number,
  ) {}

  get size(): number {
    return this.seen.size;
  }

  get bytes(): number {
    return this.total;
  }

  /** What was published with the key. */
  find(channel: string, key: string): Seen | undefined {
    this.sweep();
    return this.seen.get(nameOf(channel, key));
  }

  remember(channel: string, key: string, position: Position | undefined): void {
    const name = nameOf(channel, key);
    this.seen.set(name, { position, until: this.clock.elapsed() + WINDOW_MS });
    this.total += entryBytes(name);
    while (this.total > this.maxBytes || this.seen.size > MOST_KEYS) this.forgetOldest();
  }

  sweep(): void {
    const time = this.clock.elapsed();
    for (const { until } of this.seen.values()) {
      if (until > time) return;
      this.forgetOldest();
    }
  }

  clear(): void {
    this.seen.clear();
    this.total = 0;
  }

  private forgetOldest(): void {
    for (const name of this.seen.keys()) {
      this.seen.delete(name);
      this.total -= entryBytes(name);
      return;
    }
  }
}

/** No channel name has a line feed, so that no two pairs are one name. */
const nameOf = (channel: string, key: string): string => `${channel}\n${key}`;

const entryBytes = (name: string): number => ENTRY_BYTES + textBytes(name);
