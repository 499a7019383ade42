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
 * - without events: in `idle`, the one used longest ago first. Those go as a whole; a later use begins a new epoch.
 * - without events, but open: in none. Its subscribers rely on the position, so it stays.
 */
export class EventStreams {
  private readonly streams = new Map<string, EventStream>();
  private readonly byTtl = new Map<number, LinkedList<EventStream>>();
  private readonly idle = new LinkedList<EventStream>();
  private total = 0;

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.streams.size;
  }

  /** What all of them take. */
  get bytes(): number {
    return this.total;
  }

  append(channel: string, isOpen: boolean, dataJson: string, limits: HistoryLimits): StoredPublication {
    const stream = this.streamOf(channel, isOpen);
    const before = stream.bytes;
    const event = stream.append(dataJson, this.clock.now(), limits, this.clock.elapsed());
    this.total += stream.bytes - before;
    this.listOf(limits.ttl).moveToEnd(stream);
    return event;
  }

  read(channel: string, isOpen: boolean, query: HistoryQuery): HistoryPage {
    const stream = this.streamOf(channel, isOpen);
    const before = stream.bytes;
    stream.expire(this.clock.elapsed());
    this.total += stream.bytes - before;
    if (stream.length === 0) this.rest(stream);
    return { publications: stream.read(query), top: stream.top };
  }

  /** The stream if there is one; asking does not make one. */
  find(channel: string): EventStream | undefined {
    return this.streams.get(channel);
  }

  setOpen(channel: string, isOpen: boolean): void {
    const stream = this.streams.get(channel);
    if (stream === undefined) return;
    stream.isOpen = isOpen;
    if (stream.length === 0) this.rest(stream);
  }

  /** Frees the events of streams whose events are all over. Reading is exact without it; it is for the memory. */
  sweep(): void {
    const time = this.clock.elapsed();
    let left = SWEPT_AT_ONCE;
    for (const [ttl, list] of this.byTtl) {
      for (let stream = list.first; stream !== undefined && left > 0; stream = list.first) {
        if (stream.lastTime + ttl > time) break;
        this.empty(stream);
        left -= 1;
      }
      if (list.first === undefined) this.byTtl.delete(ttl);
    }
  }

  /** Drops events, then idle streams, until they take no more than `maxBytes`, or all that is left is open. */
  shrinkTo(maxBytes: number): void {
    while (this.total > maxBytes) {
      const stream = this.publishedLongestAgo();
      if (stream !== undefined) this.dropEvents(stream, maxBytes);
      else if (this.idle.first !== undefined) this.forget(this.idle.first);
      else return;
    }
  }

  clear(): void {
    this.streams.clear();
    this.byTtl.clear();
    this.total = 0;
    while (this.idle.first !== undefined) this.idle.remove(this.idle.first);
  }

  private streamOf(channel: string, isOpen: boolean): EventStream {
    const known = this.streams.get(channel);
    if (known !== undefined) return known;
    const stream = new EventStream(channel);
    stream.isOpen = isOpen;
    this.streams.set(channel, stream);
    this.total += stream.bytes;
    return stream;
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
    while (stream.length > 0 && others + stream.bytes > maxBytes) stream.dropOldest();
    this.total = others + stream.bytes;
    if (stream.length === 0) this.rest(stream);
  }

  private empty(stream: EventStream): void {
    this.total -= stream.bytes;
    stream.dropAll();
    this.total += stream.bytes;
    this.rest(stream);
  }

  /** Puts a stream without events where it belongs. */
  private rest(stream: EventStream): void {
    if (stream.isOpen) stream.list?.remove(stream);
    else this.idle.moveToEnd(stream);
  }

  private forget(stream: EventStream): void {
    this.idle.remove(stream);
    this.streams.delete(stream.channel);
    this.total -= stream.bytes;
  }
}
