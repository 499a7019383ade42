import type { TestTime } from '../test-time.js';
import type { Position } from '@skreaver/protocol';
import type { HistoryPage, HistoryQuery } from '@skreaver/nestjs-ws';
import { batchesOf } from '../keys/batches.js';
import type { Keys } from '../keys/keys.js';
import type { RedisLink } from '../link/redis-link.js';
import type { OpenChannels } from '../open-channels.js';
import { ACKNOWLEDGE, ACKNOWLEDGED, CLEAR, POSITIONS, TOP } from '../scripts/history.js';
import { type HistoryEntry, decodeEntry } from './event-text.js';
import { type RecentEvents, SeenHistory } from '@skreaver/nestjs-ws/clustering';

/** Positions outlive the last use of their channel by so long. */
export const POSITION_TTL_MS = 7 * 24 * 3_600_000;
const POSITIONS_AT_ONCE = 100;

/** A channel, and the last position that this node has seen of it. */
type Seen = readonly [channel: string, top: Position | undefined];

/** What can be read of positions now, and what went wrong with the others. */
export interface PositionsRead {
  readonly tops: ReadonlyMap<string, Position>;
  readonly failures: readonly unknown[];
}

/** Reads histories and positions. */
export class RedisHistory {
  private readonly seen: SeenHistory;

  constructor(
    private readonly link: RedisLink,
    private readonly keys: Keys,
    private readonly recent: RecentEvents,
    private readonly channels: OpenChannels,
    private readonly time: TestTime,
    private readonly generation: () => string,
  ) {
    this.seen = new SeenHistory(recent, (channel, query) => this.readEngine(channel, query));
  }

  async read(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    return query.seen === true ? this.seen.read(channel, query) : this.readEngine(channel, query);
  }

  /** Never rejects: a slot that is being moved, say, is no reason to know nothing of the others. */
  async positions(seen: Iterable<Seen>): Promise<PositionsRead> {
    const { keys, link } = this;
    const slotOf = ([channel]: Seen): number => keys.partitionOf(channel);
    const tops = new Map<string, Position>();
    const failures: unknown[] = [];
    for (const batch of batchesOf(seen, POSITIONS_AT_ONCE, link.isSharded ? slotOf : undefined)) {
      try {
        for (const [channel, top] of await this.readPositions(batch)) tops.set(channel, top);
      } catch (error) {
        failures.push(error);
      }
    }
    return { tops, failures };
  }

  async clear(channel: string): Promise<void> {
    const keys = [this.keys.position(channel), this.keys.history(channel)];
    await this.link.run(CLEAR, keys, [this.keys.events(channel)]);
    this.recent.forget(channel);
  }

  async acknowledge(channel: string, userId: string, { epoch, offset }: Position): Promise<void> {
    const keys = [this.keys.position(channel), this.keys.acknowledged(channel)];
    await this.link.run(ACKNOWLEDGE, keys, [userId, epoch, offset, POSITION_TTL_MS]);
  }

  async acknowledged(channel: string, userId: string): Promise<Position | undefined> {
    const keys = [this.keys.position(channel), this.keys.acknowledged(channel)];
    const position = (await this.link.run(ACKNOWLEDGED, keys, [userId], 'read')) as string | null;
    const [epoch = '', offset] = position?.split(' ') ?? [];
    return position === null ? undefined : { epoch, offset: Number(offset) };
  }

  private async readPositions(batch: readonly Seen[]): Promise<[channel: string, top: Position][]> {
    const reply = await this.link.run(
      POSITIONS,
      batch.flatMap(([channel]) => [this.keys.position(channel), this.keys.history(channel)]),
      [
        this.time(),
        POSITION_TTL_MS,
        this.generation(),
        ...batch.map(([, top]) => (top === undefined ? '' : `${top.epoch} ${top.offset}`)),
      ],
      'read',
    );
    const fields = reply as (string | number)[];
    return batch.map(([channel], place) => {
      const top = { epoch: String(fields[2 * place]), offset: Number(fields[2 * place + 1]) };
      this.recent.reach(channel, top);
      return [channel, top];
    });
  }

  private async readEngine(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    const keys = [this.keys.position(channel), this.keys.history(channel)];
    const [top, entries] = await this.link.transact(
      TOP,
      keys,
      [this.time(), POSITION_TTL_MS, this.generation()],
      ...rangeOf(keys[1] as string, query),
    );
    const [epoch, offset, ttl, time] = (top as (Buffer | number)[]).map(String) as [string, string, string, string];
    const publications = (entries as HistoryEntry[]).map((entry) => decodeEntry(channel, epoch, entry));
    const page = { publications, top: { epoch, offset: Number(offset) } };
    if (query.seen === true && this.channels.has(channel)) this.keep(channel, page, query, Number(ttl) - Number(time));
    return page;
  }

  private keep(channel: string, { publications, top }: HistoryPage, { reverse }: HistoryQuery, toExpiry: number): void {
    const ordered = reverse === true ? publications.toReversed() : publications;
    this.recent.fill(channel, { publications: ordered, top }, ({ timestamp }) => timestamp + toExpiry);
  }
}

/** The command that reads a page. Ids are `offset-time`, so an offset alone is before all of its ids. */
function rangeOf(key: string, { after, limit, reverse }: HistoryQuery): [name: string, args: (string | number)[]] {
  // Redis takes COUNT 0 for no events in some versions, and for all in others.
  if (limit <= 0) return ['XRANGE', [key, '0-1', '0-1', 'COUNT', 1]];
  if (reverse === true) {
    if (after !== undefined && after <= 0) return ['XRANGE', [key, '0-1', '0-1', 'COUNT', 1]];
    return ['XREVRANGE', [key, after === undefined ? '+' : `(${after}-0`, '-', 'COUNT', limit]];
  }
  return ['XRANGE', [key, after === undefined ? '-' : `${after + 1}-0`, '+', 'COUNT', limit]];
}
