import type { HistoryPage, HistoryQuery, StoredPublication } from '@skreaver/nestjs-ws';
import { type RecentEvents, SeenHistory } from '@skreaver/nestjs-ws/clustering';
import type { Position } from '@skreaver/protocol';
import { readPublication } from '../wire/event-fields.js';
import { readOptional, readPosition, writePosition, writeTexts } from '../wire/fields.js';
import { ToHub } from '../wire/frame.js';
import { writeQuery } from '../wire/history-fields.js';
import type { HubLink } from './hub-link.js';
import type { WorkerChannels } from './worker-channels.js';

const POSITIONS_AT_ONCE = 512;

/** Reads histories and positions. */
export class WorkerHistory {
  private readonly seen: SeenHistory;

  constructor(
    private readonly link: HubLink,
    private readonly recent: RecentEvents,
    private readonly channels: WorkerChannels,
  ) {
    this.seen = new SeenHistory(recent, (channel, query) => this.readHub(channel, query));
  }

  async read(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    return query.seen === true ? this.seen.read(channel, query) : this.readHub(channel, query);
  }

  async positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>> {
    const all = [...seen.keys()];
    const tops = new Map<string, Position>();
    for (let index = 0; index < all.length; index += POSITIONS_AT_ONCE) {
      const batch = all.slice(index, index + POSITIONS_AT_ONCE);
      const write = { kind: ToHub.positions, effect: 'read' } as const;
      const answer = await this.link.request({ ...write, write: (out) => writeTexts(out, batch) });
      for (const channel of batch) {
        const top = readPosition(answer);
        this.recent.reach(channel, top);
        tops.set(channel, top);
      }
    }
    return tops;
  }

  async clear(channel: string): Promise<void> {
    await this.link.request({ kind: ToHub.clearHistory, effect: 'write', write: (out) => out.text(channel) });
    this.recent.forget(channel);
  }

  async acknowledge(channel: string, userId: string, position: Position): Promise<void> {
    await this.link.request({
      kind: ToHub.acknowledge,
      effect: 'write',
      write: (out) => {
        out.text(channel);
        out.text(userId);
        writePosition(out, position);
      },
    });
  }

  async acknowledged(channel: string, userId: string): Promise<Position | undefined> {
    const answer = await this.link.request({
      kind: ToHub.acknowledged,
      effect: 'read',
      write: (out) => {
        out.text(channel);
        out.text(userId);
      },
    });
    return readOptional(answer, () => readPosition(answer));
  }

  private async readHub(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    const publications: StoredPublication[] = [];
    let keptFor = 0;
    const answer = await this.link.request({
      kind: ToHub.history,
      effect: 'read',
      write: (out) => {
        out.text(channel);
        writeQuery(out, query);
      },
      item: (item) => {
        const { publication, ttl } = readPublication(item);
        publications.push(publication as StoredPublication);
        keptFor = ttl;
      },
    });
    const page = { publications, top: readPosition(answer) };
    if (query.seen === true && this.channels.has(channel)) this.keep(channel, page, query, keptFor);
    return page;
  }

  /** The hub and this process have one clock: they are on one machine. */
  private keep(channel: string, { publications, top }: HistoryPage, { reverse }: HistoryQuery, ttl: number): void {
    const ordered = reverse === true ? publications.toReversed() : publications;
    this.recent.fill(channel, { publications: ordered, top }, ({ timestamp }) => timestamp + ttl - Date.now());
  }
}
