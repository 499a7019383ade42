import type { HistoryLimits, HistoryPage, HistoryQuery, PublishedContent, StoredPublication } from './backplane.js';
import type { Clock } from './clock.js';
import { EventStream } from './event-stream.js';
import { LinkedList } from './linked-list.js';

/** Maximum number of streams that one sweep empties, which takes about a millisecond. */
const SWEPT_AT_ONCE = 5000;

/** The share of `maxIdleBytes` for streams that never had an event. */
const SHARE_OF_UNUSED = 1 / 4;

/** Streams that have neither events nor subscribers, the least recently used first. */
class IdleStreams extends LinkedList<EventStream> {
  bytes = 0;

  constructor(readonly maxBytes: number) {
    super();
  }

  override moveToEnd(stream: EventStream): void {
    stream.list?.remove(stream);
    this.bytes += stream.positionBytes;
    super.moveToEnd(stream);
  }

  override remove(stream: EventStream): void {
    this.bytes -= stream.positionBytes;
    super.remove(stream);
  }
}

/**
 * The histories of all channels. Each stream is in at most one list, so that the next one to evict is found in O(1):
 *
 * - with events: in the list of its TTL, the one published to longest ago first. The first stream of the list is also
 *   the first whose events have all expired, and the first to lose events when memory is short.
 * - without events: in `idle`, the least recently used first. Idle streams may take `maxIdleBytes`, so that positions
 *   of abandoned channels never displace all events. An evicted stream loses its position; a later use of the channel
 *   begins a new epoch. Streams that never had an event are in `unused`, with a quarter of that memory. Any client can
 *   name new channels, and must not evict channels that were published to.
 * - without events, but open: in no list. Its subscribers rely on the position, so it is never evicted.
 */
export class EventStreams {
  private readonly streams = new Map<string, EventStream>();
  private readonly byTtl = new Map<number, LinkedList<EventStream>>();
  private readonly idle: IdleStreams;
  private readonly unused: IdleStreams;
  private total = 0;

  constructor(
    private readonly clock: Clock,
    private readonly openChannels: ReadonlySet<string>,
    maxIdleBytes: number,
  ) {
    this.idle = new IdleStreams(maxIdleBytes * (1 - SHARE_OF_UNUSED));
    this.unused = new IdleStreams(maxIdleBytes * SHARE_OF_UNUSED);
  }

  /** The estimated bytes of all streams. */
  get bytes(): number {
    return this.total;
  }

  /** Returns the stream of a channel if there is one. Does not create it. */
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
    this.park(stream);
    return stream;
  }

  /** @param timestamp when it was published, in ms since 1970. Default: now. */
  append(
    stream: EventStream,
    content: PublishedContent,
    limits: HistoryLimits,
    timestamp = this.clock.now(),
  ): StoredPublication {
    const before = stream.bytes;
    const event = stream.append(content, timestamp, limits, this.clock.elapsed());
    this.total += stream.bytes - before;
    this.place(stream, this.listOf(limits.ttl));
    return event;
  }

  read(stream: EventStream, query: HistoryQuery): HistoryPage {
    const before = stream.bytes;
    stream.expire(this.clock.elapsed());
    const publications = stream.read(query);
    this.total += stream.bytes - before;
    if (stream.isEmpty) this.park(stream);
    return { publications, top: stream.top };
  }

  /** Drops the events of a channel. Its position stays. */
  clearEvents(channel: string): void {
    const stream = this.streams.get(channel);
    if (stream !== undefined) this.park(stream);
  }

  /** Drops the events of a channel and its position: its next use begins a new epoch. */
  forget(channel: string): void {
    const stream = this.streams.get(channel);
    if (stream === undefined) return;
    stream.list?.remove(stream);
    this.streams.delete(channel);
    this.total -= stream.bytes;
  }

  setOpen(channel: string, isOpen: boolean): void {
    const stream = this.streams.get(channel);
    if (stream === undefined) return;
    stream.isOpen = isOpen;
    if (stream.isEmpty) this.park(stream);
  }

  /**
   * Frees the events of streams whose events have all expired. A sweep only saves memory: reads skip expired events
   * anyway.
   */
  sweep(): void {
    const time = this.clock.elapsed();
    let left = SWEPT_AT_ONCE;
    for (const [ttl, list] of this.byTtl) {
      for (let stream = list.first; stream !== undefined && left > 0; stream = list.first) {
        if (stream.lastTime + ttl > time) break;
        this.park(stream);
        left -= 1;
      }
      if (list.first === undefined) this.byTtl.delete(ttl);
    }
  }

  /** Drops events, then idle streams, until they fit into `maxBytes` or only open streams are left. */
  shrinkTo(maxBytes: number): void {
    this.shrinkIdle();
    while (this.total > maxBytes) {
      const stream = this.publishedLongestAgo();
      if (stream === undefined && !this.forgetIdle()) return;
      if (stream !== undefined) this.dropEvents(stream, maxBytes);
      this.shrinkIdle();
    }
  }

  clear(): void {
    this.streams.clear();
    this.byTtl.clear();
    this.idle.clear();
    this.unused.clear();
    this.total = 0;
  }

  /** The configuration has few different TTLs, so there are few lists. */
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
    if (stream.isEmpty) this.park(stream);
  }

  /** Moves a stream without unexpired events into its list, and frees the memory of the expired ones. */
  private park(stream: EventStream): void {
    this.total -= stream.bytes;
    stream.dropAll();
    this.total += stream.bytes;
    this.place(stream, stream.isOpen ? undefined : stream.isUnused ? this.unused : this.idle);
  }

  private place(stream: EventStream, list: LinkedList<EventStream> | undefined): void {
    if (list === undefined) stream.list?.remove(stream);
    else list.moveToEnd(stream);
  }

  private shrinkIdle(): void {
    for (const list of [this.unused, this.idle]) while (list.bytes > list.maxBytes) this.forgetFirst(list);
  }

  /** Evicts the least recently used idle stream. Returns false if no stream is idle. */
  private forgetIdle(): boolean {
    return this.forgetFirst(this.unused) || this.forgetFirst(this.idle);
  }

  private forgetFirst(list: IdleStreams): boolean {
    const { first } = list;
    if (first === undefined) return false;
    this.forget(first.channel);
    return true;
  }
}
