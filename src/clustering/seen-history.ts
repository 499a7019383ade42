import type { HistoryPage, HistoryQuery } from '../backplane/index.js';
import { MOST_EVENTS, type RecentEvents } from './recent-events.js';

const MOST_READS = 32;

interface Reader {
  readonly query: HistoryQuery;
  readonly resolve: (page: HistoryPage) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Answers from what this node has seen, and reads the engine for the rest: at most 32 reads at a time, and one for each
 * channel, which serves all who wait.
 */
export class SeenHistory {
  /** Who waits for what was not seen here, by channel; a channel is read by one of them at a time. */
  private readonly readers = new Map<string, Reader[]>();
  private reads = 0;
  private readonly turns: (() => void)[] = [];

  /** @param readEngine fills `recent` with what it has read of an open channel */
  constructor(
    private readonly recent: RecentEvents,
    private readonly readEngine: (channel: string, query: HistoryQuery) => Promise<HistoryPage>,
  ) {}

  async read(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    return this.recent.read(channel, query) ?? this.readTogether(channel, query);
  }

  private readTogether(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    return new Promise((resolve, reject) => {
      const reader = { query, resolve, reject };
      const others = this.readers.get(channel);
      if (others !== undefined) {
        others.push(reader);
        return;
      }
      const readers = [reader];
      this.readers.set(channel, readers);
      void this.serve(channel, readers).finally(() => this.readers.delete(channel));
    });
  }

  /**
   * One read from the lowest offset serves all, if it reaches the end of the channel. If it does not, another one from the
   * end serves all but those that lack the most.
   */
  private async serve(channel: string, readers: Reader[]): Promise<void> {
    for (let lowest = takeLowest(readers); lowest !== undefined; lowest = takeLowest(readers)) {
      const { query, resolve } = lowest;
      try {
        const page = await this.inTurn(() =>
          this.readEngine(channel, { ...query, limit: Math.max(query.limit, MOST_EVENTS) }),
        );
        resolve({ ...page, publications: page.publications.slice(0, query.limit) });
        const isAll = page.publications.at(-1)?.position.offset === page.top.offset;
        if (!isAll && readers.length > 0) {
          await this.inTurn(() => this.readEngine(channel, { limit: MOST_EVENTS, reverse: true, seen: true }));
        }
      } catch (error) {
        for (const reader of [lowest, ...readers.splice(0)]) reader.reject(error);
      }
      for (const reader of readers.splice(0)) {
        const page = this.recent.read(channel, reader.query);
        if (page === undefined) readers.push(reader);
        else reader.resolve(page);
      }
    }
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.reads >= MOST_READS) await new Promise<void>((resolve) => this.turns.push(resolve));
    else this.reads += 1;
    try {
      return await work();
    } finally {
      const next = this.turns.shift();
      if (next === undefined) this.reads -= 1;
      else next();
    }
  }
}

function takeLowest(readers: Reader[]): Reader | undefined {
  let lowest = 0;
  for (const [index, { query }] of readers.entries()) {
    if ((query.after ?? 0) < (readers[lowest]?.query.after ?? 0)) lowest = index;
  }
  return readers.splice(lowest, 1)[0];
}
