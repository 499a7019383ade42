import { randomBytes } from 'node:crypto';
import type { Position } from '@skreaver/protocol';
import type { HistoryLimits, HistoryQuery, PublishedContent, StoredPublication } from './backplane.js';
import { EventRing } from './event-ring.js';
import { Linked } from './linked-list.js';
import { STREAM_BYTES, textBytes } from './memory-cost.js';
import { publicationOf } from './publication-of.js';

const EPOCH_BYTES = 6;

/**
 * One epoch of a channel: its offset counter and the events that are still kept. Their offsets have no gap, as only the
 * oldest are dropped. The counter outlives the events.
 */
export class EventStream extends Linked<EventStream> {
  readonly epoch = randomBytes(EPOCH_BYTES).toString('base64url');
  /** The estimated bytes of the stream without its events. */
  readonly positionBytes: number;
  /** Monotonic time in ms at which the newest event was added. */
  lastTime = 0;
  private ttl = 0;
  private offset = 0;
  private readonly ring = new EventRing();

  constructor(
    readonly channel: string,
    public isOpen: boolean,
  ) {
    super();
    this.positionBytes = STREAM_BYTES + textBytes(channel);
  }

  get top(): Position {
    return { epoch: this.epoch, offset: this.offset };
  }

  /** How long an event is kept, in ms. */
  get keptFor(): number {
    return this.ttl;
  }

  get isEmpty(): boolean {
    return this.ring.length === 0;
  }

  /** True if nothing was ever published, so that dropping the stream would lose only its epoch. */
  get isUnused(): boolean {
    return this.offset === 0;
  }

  /** The estimated bytes of the stream with its events. */
  get bytes(): number {
    return this.positionBytes + this.ring.bytes;
  }

  /** Gives an event the next position and keeps the event. The limits hold for all events of the stream from now on. */
  append(content: PublishedContent, timestamp: number, { size, ttl }: HistoryLimits, time: number): StoredPublication {
    this.offset += 1;
    this.ttl = ttl;
    this.lastTime = time;
    this.expire(time);
    while (this.ring.length >= size) this.dropOldest();
    const event = this.event(this.offset, timestamp, content);
    this.ring.push(event, time);
    return event;
  }

  /** Drops the events that are older than the TTL. */
  expire(time: number): void {
    while (!this.isEmpty && this.ring.firstTime + this.ttl <= time) this.dropOldest();
  }

  dropOldest(): void {
    this.ring.shift();
  }

  dropAll(): void {
    this.ring.clear();
  }

  read({ after, limit, reverse = false }: HistoryQuery): StoredPublication[] {
    const oldest = this.offset - this.ring.length + 1;
    const step = reverse ? -1 : 1;
    const start = reverse ? Math.min((after ?? Infinity) - 1, this.offset) : Math.max((after ?? 0) + 1, oldest);
    const found: StoredPublication[] = [];
    for (let at = start; found.length < limit && at >= oldest && at <= this.offset; at += step) {
      found.push(this.ring.read(at - oldest, (dataJson, timestamp) => this.event(at, timestamp, { dataJson })));
    }
    return found;
  }

  /** Makes an event. It takes the stream's own `channel` string, so that all events of a channel share one string. */
  private event(offset: number, timestamp: number, content: PublishedContent): StoredPublication {
    return publicationOf(this.channel, content, timestamp, { epoch: this.epoch, offset });
  }
}
