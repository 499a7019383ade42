import type { Position } from '@skreaver/protocol';
import type { HistoryLimits, HistoryQuery } from '../../../src/backplane/index.js';

const WINDOW_MS = 5 * 60_000;

export interface ModelEvent {
  readonly offset: number;
  readonly dataJson: string;
  readonly time: number;
}

/** A channel as one would write it down: everything that was published, and what of it still counts. */
export class ModelChannel {
  epoch: string | undefined;
  isOpen = false;
  private readonly published: ModelEvent[] = [];
  private readonly keys = new Map<string, { position: Position; until: number }>();
  private readonly acked = new Map<string, number>();

  constructor(readonly limits: HistoryLimits) {}

  get offset(): number {
    return this.published.at(-1)?.offset ?? 0;
  }

  publish(position: Position, dataJson: string, time: number, key: string | undefined): void {
    this.published.push({ offset: position.offset, dataJson, time });
    if (key !== undefined) this.keys.set(key, { position, until: time + WINDOW_MS });
  }

  /** The position of what was published with the key in the last five minutes. */
  positionOf(key: string | undefined, time: number): Position | undefined {
    const seen = key === undefined ? undefined : this.keys.get(key);
    return seen !== undefined && seen.until > time ? seen.position : undefined;
  }

  acknowledge(userId: string, offset: number): void {
    if (offset <= this.offset) this.acked.set(userId, Math.max(offset, this.acked.get(userId) ?? 0));
  }

  acknowledged(userId: string): Position | undefined {
    const offset = this.acked.get(userId);
    return offset === undefined || this.epoch === undefined ? undefined : { epoch: this.epoch, offset };
  }

  /** The pages that may be read: of all that counts, or without some of the oldest of it. */
  pages(query: HistoryQuery, time: number): ModelEvent[][] {
    const { size, ttl } = this.limits;
    const kept = this.published.slice(-size).filter((event) => event.time + ttl > time);
    return [...kept, undefined].map((_, gone) => pageOf(kept.slice(gone), query));
  }

  /** The counter starts again. */
  beginEpoch(epoch: string): void {
    this.epoch = epoch;
    this.published.length = 0;
    this.acked.clear();
  }
}

function pageOf(kept: readonly ModelEvent[], { after, limit, reverse }: HistoryQuery): ModelEvent[] {
  if (reverse !== true) return kept.filter(({ offset }) => offset > (after ?? 0)).slice(0, limit);
  return kept
    .filter(({ offset }) => offset < (after ?? Infinity))
    .toReversed()
    .slice(0, limit);
}
