import type { Position } from '@skreaver/protocol';
import type { HistoryPage, HistoryQuery, StoredPublication } from '../backplane/index.js';

/** The memory of an event beside its text; a text is taken to be Latin-1. */
const EVENT_BYTES = 320;
/** Events of one channel. A recovery reads half as many at once. */
export const MOST_EVENTS = 1000;

interface RecentEvent {
  readonly publication: StoredPublication;
  readonly bytes: number;
  readonly expiresAt: number;
}

/** The last events of one channel, without a gap, of one epoch. */
interface Ring {
  readonly events: RecentEvent[];
  bytes: number;
}

/**
 * The events that this node saw last of each open channel. Clients that come back are served from here, so that a storm of
 * them does not reach Redis. Over `maxBytes`, the channel that was used longest ago loses its oldest event.
 */
export class RecentEvents {
  /** In the order of their last use; none is empty. */
  private readonly rings = new Map<string, Ring>();
  /** The last position that was seen of each channel. A ring that ends before it answers nothing. */
  private readonly tops = new Map<string, Position>();
  private bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly now: () => number,
  ) {}

  get size(): number {
    return this.bytes;
  }

  add(publication: StoredPublication, ttl: number): void {
    const { channel, position } = publication;
    const top = this.tops.get(channel);
    if (top?.epoch !== position.epoch || top.offset < position.offset) this.tops.set(channel, position);
    const ring = this.used(channel) ?? { events: [], bytes: 0 };
    const last = ring.events.at(-1)?.publication.position;
    if (last?.epoch === position.epoch && position.offset <= last.offset) return;
    if (last !== undefined && (last.epoch !== position.epoch || last.offset + 1 !== position.offset)) this.empty(ring);
    const bytes = bytesOf(publication);
    ring.events.push({ publication, bytes, expiresAt: this.now() + ttl });
    ring.bytes += bytes;
    this.bytes += bytes;
    this.rings.set(channel, ring);
    this.shrink(ring);
  }

  /** Notes where a channel is. What was seen of it answers nothing more, if it ends before. */
  reach(channel: string, top: Position): void {
    const seen = this.tops.get(channel);
    if (seen?.epoch === top.epoch && seen.offset >= top.offset) return;
    this.forget(channel);
    this.tops.set(channel, top);
  }

  forget(channel: string): void {
    this.tops.delete(channel);
    const ring = this.rings.get(channel);
    if (ring === undefined) return;
    this.rings.delete(channel);
    this.bytes -= ring.bytes;
  }

  clear(): void {
    this.tops.clear();
    this.rings.clear();
    this.bytes = 0;
  }

  /** Answers a query, if all that it asks for was seen. */
  read(channel: string, query: HistoryQuery): HistoryPage | undefined {
    const ring = this.used(channel);
    if (ring === undefined) return undefined;
    this.expire(channel, ring);
    const [first, last] = [ring.events[0], ring.events.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const { after, limit, reverse = false } = query;
    const { offset } = first.publication.position;
    const top = last.publication.position;
    const seen = this.tops.get(channel);
    if (seen?.epoch !== top.epoch || seen.offset !== top.offset) return undefined;
    const isSeen = reverse
      ? hasAllBefore(ring.events, after, limit)
      : after !== undefined && after + 1 >= offset && after <= top.offset;
    return isSeen ? { publications: pageOf(ring.events, offset, query), top } : undefined;
  }

  /**
   * Adds what was read of a channel, oldest first: where it meets what was seen, or where it ends at the position of the
   * channel and nothing later was seen.
   */
  fill(channel: string, { publications, top }: HistoryPage, expiresIn: (event: StoredPublication) => number): void {
    const ring = this.rings.get(channel) ?? { events: [], bytes: 0 };
    const first = ring.events[0]?.publication.position;
    const last = publications.at(-1)?.position;
    const seen = this.tops.get(channel) ?? top;
    if (last === undefined || seen.epoch !== top.epoch) return;
    if (first === undefined && (last.offset !== top.offset || top.offset < seen.offset)) return;
    if (first !== undefined && (first.epoch !== top.epoch || last.offset < first.offset - 1)) return;
    const now = this.now();
    const earlier = publications
      .filter(({ position }) => first === undefined || position.offset < first.offset)
      .map((publication) => ({ publication, bytes: bytesOf(publication), expiresAt: now + expiresIn(publication) }));
    if (first === undefined) this.tops.set(channel, top);
    ring.events.unshift(...earlier);
    for (const { bytes } of earlier) this.free(ring, -bytes);
    this.rings.set(channel, ring);
    this.shrink(ring);
  }

  private used(channel: string): Ring | undefined {
    const ring = this.rings.get(channel);
    if (ring === undefined) return undefined;
    this.rings.delete(channel);
    this.rings.set(channel, ring);
    return ring;
  }

  private expire(channel: string, ring: Ring): void {
    const now = this.now();
    const kept = ring.events.findIndex(({ expiresAt }) => expiresAt > now);
    if (kept === 0) return;
    for (const { bytes } of ring.events.splice(0, kept === -1 ? ring.events.length : kept)) this.free(ring, bytes);
    if (ring.events.length === 0) this.rings.delete(channel);
  }

  private empty(ring: Ring): void {
    this.free(ring, ring.bytes);
    ring.events.length = 0;
  }

  private shrink(ring: Ring): void {
    while (ring.events.length > MOST_EVENTS) this.free(ring, ring.events.shift()?.bytes ?? 0);
    while (this.bytes > this.maxBytes) this.dropOldest();
  }

  private dropOldest(): void {
    const [[channel, ring]] = this.rings as Iterable<[string, Ring]> as [[string, Ring]];
    const dropped = ring.events.shift();
    if (dropped !== undefined) this.free(ring, dropped.bytes);
    if (ring.events.length === 0) this.rings.delete(channel);
  }

  private free(ring: Ring, bytes: number): void {
    ring.bytes -= bytes;
    this.bytes -= bytes;
  }
}

const bytesOf = ({ dataJson, dataBinary, metadataJson = '', userId = '' }: StoredPublication): number =>
  EVENT_BYTES + dataJson.length + (dataBinary?.byteLength ?? 0) + metadataJson.length + userId.length;

function hasAllBefore(events: readonly RecentEvent[], after: number | undefined, limit: number): boolean {
  const first = events[0]?.publication.position.offset ?? 0;
  const last = events.at(-1)?.publication.position.offset ?? 0;
  return first <= 1 || Math.min(after ?? last + 1, last + 1) - limit >= first;
}

function pageOf(events: readonly RecentEvent[], first: number, { after, limit, reverse }: HistoryQuery) {
  const end =
    reverse === true && after !== undefined ? Math.min(events.length, Math.max(0, after - first)) : events.length;
  const start = reverse === true ? Math.max(0, end - limit) : (after ?? 0) + 1 - first;
  const publications = events
    .slice(start, reverse === true ? end : start + limit)
    .map(({ publication }) => publication);
  return reverse === true ? publications.toReversed() : publications;
}
