import type { Position } from '@skreaver/protocol';
import { BoundedMap } from './bounded-map.js';
import type { Clock } from './clock.js';
import { SEEN_BYTES } from './memory-cost.js';

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
  private readonly seen: BoundedMap<Seen>;

  constructor(
    private readonly clock: Clock,
    maxBytes: number,
  ) {
    this.seen = new BoundedMap(SEEN_BYTES, maxBytes, MOST_KEYS);
  }

  get bytes(): number {
    return this.seen.bytes;
  }

  /** What was published with the key. */
  find(channel: string, key: string): Seen | undefined {
    this.sweep();
    return this.seen.get(nameOf(channel, key));
  }

  remember(channel: string, key: string, position: Position | undefined): void {
    this.seen.set(nameOf(channel, key), { position, until: this.clock.elapsed() + WINDOW_MS });
  }

  sweep(): void {
    const time = this.clock.elapsed();
    while ((this.seen.oldest?.until ?? Infinity) <= time) this.seen.forgetOldest();
  }

  clear(): void {
    this.seen.clear();
  }
}

/** No channel name has a line feed, so that no two pairs are one name. */
const nameOf = (channel: string, key: string): string => `${channel}\n${key}`;
