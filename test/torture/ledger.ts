import type { Position } from '@skreaver/protocol';
import { ChannelRecord } from './channel-record.js';
import type { Answer, Event, SubscriberBook } from './subscriber-book.js';
import { type FindingKind, SubscriberView } from './subscriber-view.js';

/** What a channel promises to remember. */
export interface Promised {
  readonly size: number;
  /** Milliseconds. */
  readonly ttl: number;
  /** Whether events, and then the position, may go before that: memory is short, or the server starts anew. */
  readonly mayForget: boolean;
}

/** Why a recovery was refused. */
export type Reason = 'epoch' | 'size' | 'ttl' | 'memory';

/** The server lets events expire by another clock than the one by which it dates them. */
const CLOCKS_DIFFER_MS = 1;

interface Refusal {
  readonly who: string;
  readonly channel: string;
  readonly since: Position;
  readonly answer: Answer;
  readonly at: number;
  /** What the server itself said right after. */
  readonly found: Promise<LookUp>;
}

/** What a server remembers of the time after a position. */
export interface LookUp {
  /** Where the channel stands. */
  readonly epoch: string;
  /** Everything after the position, or there is nothing after it. */
  readonly isWhole: boolean;
}

/**
 * Keeps the books of a run: what publishers were told and what every subscriber got. Anything lost, doubled, reordered,
 * altered or missing without a word is a finding; so is a refused recovery for which there was no reason.
 */
export class Ledger implements SubscriberBook {
  readonly findings: string[] = [];
  readonly counts = {
    deliveries: 0,
    gaps: 0,
    fresh: 0,
    recovered: 0,
    refused: { epoch: 0, size: 0, ttl: 0, memory: 0 },
  };
  private readonly records = new Map<string, ChannelRecord>();
  private readonly views = new Map<string, SubscriberView>();
  private readonly refusals: Refusal[] = [];

  constructor(
    private readonly promisedOf: (channel: string) => Promised,
    private readonly lookUp: (channel: string, since: Position) => Promise<LookUp>,
  ) {}

  /**
   * What a publisher was told.
   * @param begunAt when it began to publish, in ms since 1970
   */
  published(channel: string, id: string, position: Position, begunAt: number): void {
    this.note(channel, position, id, begunAt);
  }

  answered(client: string, channel: string, since: Position | undefined, answer: Answer): void {
    this.viewOf(client, channel).begin(since, answer);
    if (since === undefined) this.counts.fresh += 1;
    else if (answer.recovered) this.counts.recovered += 1;
    else this.refused(`${client} ${channel}`, channel, since, answer);
  }

  /** One server alone loses no position while it runs. */
  told(client: string, channel: string, position: Position): void {
    this.find('unexplained', `${client} ${channel} ${JSON.stringify(position)}`);
  }

  delivered(client: string, { channel, position, id, timestamp, gap }: Event): void {
    this.counts.deliveries += 1;
    if (gap !== undefined) this.counts.gaps += 1;
    this.note(channel, position, id, timestamp);
    this.viewOf(client, channel).take(position, gap);
  }

  left(client: string, channel: string): void {
    this.viewOf(client, channel).end();
  }

  positionOf(client: string, channel: string): Position | undefined {
    return this.viewOf(client, channel).position;
  }

  /** Whether the client has got everything that was published. */
  isLevel(client: string, channel: string): boolean {
    const position = this.positionOf(client, channel);
    const record = this.recordOf(channel);
    return (
      position !== undefined &&
      position.epoch === record.epochs.at(-1) &&
      position.offset === record.topOf(position.epoch)
    );
  }

  /** To be called once everything is quiet: what can only be judged with all receipts at hand. */
  async close(): Promise<void> {
    for (const view of this.views.values()) view.reportMissing();
    for (const refusal of this.refusals) {
      const found = await refusal.found;
      const reason = this.reasonFor(refusal, found);
      if (reason !== undefined) this.counts.refused[reason] += 1;
      else this.find('unexplained', JSON.stringify({ ...refusal, found }));
    }
    for (const [channel, record] of this.records) this.judgePublishers(channel, record);
  }

  find(kind: FindingKind, detail: string): void {
    this.findings.push(`${kind}: ${detail}`);
  }

  private refused(who: string, channel: string, since: Position, answer: Answer): void {
    const found = this.lookUp(channel, since);
    this.refusals.push({ who, channel, since, answer, at: Date.now(), found });
  }

  private reasonFor({ channel, since, answer, at }: Refusal, found: LookUp): Reason | undefined {
    const { size, ttl, mayForget } = this.promisedOf(channel);
    const record = this.recordOf(channel);
    if (answer.epoch !== since.epoch) {
      const { epochs } = record;
      // Where nothing was published in the new one, only the server knows that the former is over.
      const isReal = found.epoch !== since.epoch || epochs.indexOf(answer.epoch) > epochs.indexOf(since.epoch);
      return mayForget && isReal ? 'epoch' : undefined;
    }
    if (found.isWhole) return undefined;
    if (answer.offset - since.offset > size) return 'size';
    const oldest = record.timestampAt({ epoch: since.epoch, offset: since.offset + 1 });
    if (oldest !== undefined && oldest + ttl <= at + CLOCKS_DIFFER_MS) return 'ttl';
    return mayForget ? 'memory' : undefined;
  }

  private judgePublishers(channel: string, record: ChannelRecord): void {
    const last = new Map<string, number>();
    for (const id of record.ids()) {
      const [publisher, number] = id.split('#') as [string, string];
      const before = last.get(publisher) ?? -1;
      if (Number(number) === before) this.find('published twice', `${channel} ${id}`);
      else if (Number(number) < before) this.find('published out of order', `${channel} ${id} after #${before}`);
      last.set(publisher, Number(number));
    }
  }

  private note(channel: string, position: Position, id: string, timestamp: number): void {
    const other = this.recordOf(channel).note(position, id, timestamp);
    if (other === undefined) return;
    this.find('altered', `${channel} ${position.epoch}:${position.offset} is ${id}, and was ${other}`);
  }

  private recordOf(channel: string): ChannelRecord {
    const record = this.records.get(channel) ?? new ChannelRecord();
    this.records.set(channel, record);
    return record;
  }

  private viewOf(client: string, channel: string): SubscriberView {
    const who = `${client} ${channel}`;
    const view = this.views.get(who) ?? new SubscriberView((kind, detail) => this.find(kind, `${who} ${detail}`));
    this.views.set(who, view);
    return view;
  }
}
