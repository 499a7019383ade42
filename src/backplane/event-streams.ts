import type { HistoryLimits, HistoryPage, HistoryQuery, StoredPublication } from './backplane.js';
import type { Clock } from './clock.js';
import { EventStream } from './event-stream.js';
import { LinkedList } from './linked-list.js';

/** Streams that one sweep may empty: about a millisecond. */
const SWEPT_AT_ONCE = 5000;

/**
 * What channels with history remember. A stream stands in one list, so that what must go is found at once:
 *
 * - with events: in the list of its TTL, the one published to longest ago first. So it is also the first whose events are
 *   all over, and the first to lose events when memory is short.
 * - without events: in `idle`, the one used longest ago first. They may take `maxIdleBytes`, so that positions of channels
 *   which nobody comes back to never crowd out all events. One that goes takes its position with it; a later use of the
 *   channel begins a new epoch.
 * - without events, but open: in none. Its subscribers rely on the position, so it stays.
 */
export class EventStreams {
  private readonly streams = new Map<string, EventStream>();
  private readonly byTtl = new Map<number, LinkedList<EventStream>>();
  private readonly idle = new LinkedList<EventStream>();
  private idleBytes = 0;
  private total = 0;

  constructor(
    private readonly clock: Clock,
    private readonly openChannels: ReadonlySet<string>,
    private readonly maxIdleBytes: number,
  ) {}

  /** What all of them take. */
  get bytes(): number {
    return this.total;
  }

  /** The stream if there is one; asking does not make one. */
  find(channel: string): EventStream | undefined {
    return this.streams.get(channel);
  }

  /** The stream of a channel; a new one begins at offset 0 of a new epoch. */
  of(channel: string): EventStream {
    const known = this.streams.get(channel);
    if (known !== undefined) return known;
    const stream = new EventStream(channel, this.openChannels.has(channel));
    this.streams.set(channel, stream);
    this.total += stream.bytes;
    this.rest(stream);
    return stream;
  }

  append(stream: EventStream, dataJson: string, limits: HistoryLimits): StoredPublication {
    const before = stream.bytes;
    const event = stream.append(dataJson, this.clock.now(), limits, this.clock.elapsed());
    this.total += stream.bytes - before;
    this.place(stream, this.listOf(limits.ttl));
    return event;
  }

  read(stream: EventStream, query: HistoryQuery): HistoryPage {
    const before = stream.bytes;
    stream.expire(this.clock.elapsed());
    const publications = stream.read(query);
    this.total += stream.bytes - before;
    if (stream.isEmpty) this.rest(stream);
    return { publications, top: stream.top };
  }

  setOpen(channel: string, isOpen: boolean): void {
    const stream = this.streams.get(channel);
    if (stream === undefined) return;
    stream.isOpen = isOpen;
    if (stream.isEmpty) this.rest(stream);
  }

  /** Frees the events of streams whose events are all over. Reading is exact without it; it is for the memory. */
  sweep(): void {
    const time = this.clock.elapsed();
    let left = SWEPT_AT_ONCE;
    for (const [ttl, list] of this.byTtl) {
      for (let stream = list.first; stream !== undefined && left > 0; stream = list.first) {
        if (stream.lastTime + ttl > time) break;
        this.rest(stream);
        left -= 1;
      }
      if (list.first === undefined) this.byTtl.delete(ttl);
    }
  }

  /** Drops events, then idle streams, until they take no more than `maxBytes`, or all that is left is open. */
  shrinkTo(maxBytes: number): void {
    this.shrinkIdleTo(this.maxIdleBytes);
    while (this.total > maxBytes) {
      const stream = this.publishedLongestAgo();
      if (stream === undefined) return this.shrinkIdleTo(Math.max(0, maxBytes - (this.total - this.idleBytes)));
      this.dropEvents(stream, maxBytes);
      this.shrinkIdleTo(this.maxIdleBytes);
    }
  }

  clear(): void {
    this.streams.clear();
    this.byTtl.clear();
    this.idle.clear();
    this.idleBytes = 0;
    this.total = 0;
  }

  /** There are as many lists as different TTLs in the configuration: few. */
  private listOf(ttl: number): LinkedList<EventStream> {
    const known = this.byTtl.get(ttl);
    if (known !== undefined) return known;
    const list = new LinkedList<EventStream>();
    this.byTtl.set(ttl, list);
    return list;
  }

  private publishedLongestAgo(): EventStream | undefined {
    let longestAgo: EventStream | undefined;
    for (const { first } of this.byTtl.values()) {
      if (first !== undefined && first.lastTime < (longestAgo?.lastTime ?? Infinity)) longestAgo = first;
    }
    return longestAgo;
  }

  private dropEvents(stream: EventStream, maxBytes: number): void {
    const others = this.total - stream.bytes;
    while (!stream.isEmpty && others + stream.bytes > maxBytes) stream.dropOldest();
    this.total = others + stream.bytes;
    if (stream.isEmpty) this.rest(stream);
  }

  /** Puts a stream without events that still count where it belongs, and frees what they took. */
  private rest(stream: EventStream): void {
    this.total -= stream.bytes;
    stream.dropAll();
    this.total += stream.bytes;
    this.place(stream, stream.isOpen ? undefined : this.idle);
  }

  private place(stream: EventStream, list: LinkedList<EventStream> | undefined): void {
    if (stream.list === this.idle) this.idleBytes -= stream.positionBytes;
    if (list === this.idle) this.idleBytes += stream.positionBytes;
    if (list === undefined) stream.list?.remove(stream);
    else list.moveToEnd(stream);
  }

  private shrinkIdleTo(maxBytes: number): void {
    for (let stream = this.idle.first; stream !== undefined; stream = this.idle.first) {
      if (this.idleBytes <= maxBytes) return;
      this.place(stream, undefined);
      this.streams.delete(stream.channel);
      this.total -= stream.bytes;
    }
  }
}
