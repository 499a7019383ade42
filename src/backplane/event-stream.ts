import { randomBytes } from 'node:crypto';
import type { Position } from '@skreaver/protocol';
import type { HistoryLimits, HistoryQuery, StoredPublication } from './backplane.js';
import { EventRing } from './event-ring.js';
import { Linked } from './linked-list.js';
import { EVENT_BYTES, STREAM_BYTES, textBytes } from './memory-cost.js';

const EPOCH_BYTES = 6;

/**
 * One incarnation of a channel's counter, and the events that are still kept. Their offsets have no hole: only the oldest
 * goes. The position outlives the events.
 */
export class EventStream extends Linked<EventStream> {
  readonly epoch = randomBytes(EPOCH_BYTES).toString('base64url');
  /** Whether somebody on this node is subscribed. */
  isOpen = false;
  /** What it takes, with its events. */
  bytes: number;
  /** Of the newest publication: it holds for all. */
  ttl = 0;
  /** When the newest event was added. */
  lastTime = 0;
  private offset = 0;
  private readonly ring = new EventRing();

  constructor(readonly channel: string) {
    super();
    this.bytes = STREAM_BYTES + textBytes(channel);
  }

  get top(): Position {
    return { epoch: this.epoch, offset: this.offset };
  }

  get length(): number {
    return this.ring.length;
  }

  /** Takes the next position for an event and keeps it; more than `limits.size` push the oldest out. */
  append(dataJson: string, timestamp: number, limits: HistoryLimits, time: number): StoredPublication {
    this.offset += 1;
    // The name is the stream's own, so that a channel's events share one string.
    const event = { channel: this.channel, dataJson, timestamp, position: this.top, kind: undefined };
    this.ttl = limits.ttl;
    this.lastTime = time;
    this.expire(time);
    while (this.ring.length >= limits.size) this.dropOldest();
    this.ring.push(event, time);
    this.bytes += eventBytes(event);
    return event;
  }

  /** Drops what is older than the TTL. */
  expire(time: number): void {
    while (this.ring.length > 0 && this.ring.firstTime + this.ttl <= time) this.dropOldest();
  }

  dropOldest(): void {
    this.bytes -= eventBytes(this.ring.shift());
  }

  dropAll(): void {
    this.ring.clear();
    this.bytes = STREAM_BYTES + textBytes(this.channel);
  }

  read({ after, limit, reverse = false }: HistoryQuery): StoredPublication[] {
    const oldest = this.offset - this.ring.length + 1;
    const step = reverse ? -1 : 1;
    const start = reverse ? Math.min((after ?? Infinity) - 1, this.offset) : Math.max((after ?? 0) + 1, oldest);
    const found: StoredPublication[] = [];
    for (let at = start; found.length < limit && at >= oldest && at <= this.offset; at += step) {
      found.push(this.ring.at(at - oldest));
    }
    return found;
  }
}

const eventBytes = ({ dataJson }: StoredPublication): number => EVENT_BYTES + textBytes(dataJson);
