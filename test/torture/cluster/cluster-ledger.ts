import type { Position } from '@skreaver/protocol';
import { ChannelRecord } from '../channel-record.js';
import type { Answer, Event, SubscriberBook } from '../subscriber-book.js';
import { type FindingKind, SubscriberView } from '../subscriber-view.js';
import { type Outcome, type Publication, Receipts } from './receipts.js';

/** What a channel remembers at the end. */
export interface Kept {
  readonly epoch: string;
  /** The ids of the events, by offset. */
  readonly ids: ReadonlyMap<number, string>;
}

/**
 * Keeps the books of a run with several nodes and an engine that fails. A position may be lost only while the engine may
 * lose its memory: whatever a subscriber is not told of, it has to get.
 */
export class ClusterLedger implements SubscriberBook {
  readonly findings: string[] = [];
  readonly receipts = new Receipts();
  readonly counts = { deliveries: 0, fresh: 0, recovered: 0, refused: 0, told: 0 };
  /** The engine may lose what it was given. */
  mayLose = false;
  private readonly records = new Map<string, ChannelRecord>();
  private readonly views = new Map<string, SubscriberView>();
  private readonly ends = new Map<string, Position>();
  /** When a revocation resolved, by user and channel. */
  private readonly revoked = new Map<string, number>();

  begin(id: string, channel: string, hasKey: boolean): Publication {
    return this.receipts.begin(id, channel, hasKey);
  }

  settle(publication: Publication, outcome: Outcome): void {
    this.receipts.settle(publication, outcome);
    if (outcome.kind === 'ok') this.note(publication.channel, outcome.position, publication.id);
  }

  answered(user: string, channel: string, since: Position | undefined, answer: Answer): void {
    this.viewOf(user, channel).begin(since, answer);
    if (since === undefined) this.counts.fresh += 1;
    else if (answer.recovered) this.counts.recovered += 1;
    else {
      this.counts.refused += 1;
      this.judgeLoss(user, channel, since, answer);
    }
  }

  told(user: string, channel: string, position: Position): void {
    this.counts.told += 1;
    const before = this.positionOf(user, channel);
    this.viewOf(user, channel).lose(position);
    this.judgeLoss(user, channel, before, position);
  }

  delivered(user: string, { channel, position, id }: Event): void {
    this.counts.deliveries += 1;
    this.note(channel, position, id);
    this.viewOf(user, channel).take(position, undefined);
    const revokedAt = this.revoked.get(`${user} ${channel}`);
    const begunAt = this.receipts.get(id)?.begunAt;
    if (begunAt === undefined) this.find('uninvited', `${id} was never published`);
    else if (revokedAt !== undefined && begunAt > revokedAt) this.find('revoked', `${user} ${channel} got ${id}`);
  }

  left(user: string, channel: string): void {
    this.viewOf(user, channel).end();
  }

  /** Whatever is published from now on must not reach the user. */
  revocationResolved(user: string, channel: string): void {
    this.revoked.set(`${user} ${channel}`, performance.now());
  }

  /** The user may subscribe again. */
  readmitted(user: string, channel: string): void {
    this.revoked.delete(`${user} ${channel}`);
  }

  positionOf(user: string, channel: string): Position | undefined {
    return this.viewOf(user, channel).position;
  }

  /** All that was published before this position has to reach everyone. */
  endAt(channel: string, position: Position): void {
    this.ends.set(channel, position);
  }

  isLevel(user: string, channel: string): boolean {
    const [position, end] = [this.positionOf(user, channel), this.ends.get(channel)];
    return position !== undefined && position.epoch === end?.epoch && position.offset >= end.offset;
  }

  find(kind: FindingKind, detail: string): void {
    this.findings.push(`${kind}: ${detail}`);
  }

  /** To be called once everything is quiet. */
  judge(kept: ReadonlyMap<string, Kept>): void {
    for (const view of this.views.values()) view.reportMissing();
    for (const [channel, record] of this.records) {
      this.judgeRepeats(channel, record);
      for (const epoch of record.epochs) this.judgeEpoch(channel, record.idsOf(epoch));
    }
    for (const [channel, memory] of kept) this.judgeMemory(channel, memory);
  }

  /** A client that comes from a node that knew earlier may be told once more, of the epoch that it is in. */
  private judgeLoss(user: string, channel: string, before: unknown, after: Position): void {
    if (this.mayLose) return;
    this.find(
      'unexplained',
      `${user} ${channel} was at ${JSON.stringify(before)}, goes on at ${JSON.stringify(after)}`,
    );
  }

  /** With a key a publication may stand once in each of several epochs: the key was lost with the events. */
  private judgeRepeats(channel: string, record: ChannelRecord): void {
    const inAll = new Set<string>();
    for (const epoch of record.epochs) {
      const inEpoch = new Set<string>();
      for (const id of record.idsOf(epoch)) {
        const isRepeated = inEpoch.has(id) || (inAll.has(id) && this.receipts.get(id)?.hasKey !== true);
        if (isRepeated) this.find('published twice', `${channel} ${id}`);
        inEpoch.add(id);
        inAll.add(id);
      }
    }
  }

  private judgeEpoch(channel: string, ids: Iterable<string>): void {
    const last = new Map<string, number>();
    for (const id of ids) {
      const { outcome } = this.receipts.get(id) ?? {};
      if (outcome?.kind === 'not_done') this.find('false receipt', `${channel} ${id} was not done, and appeared`);
      // What is not known to be done may come late.
      if (outcome?.kind !== 'ok') continue;
      const [publisher, number] = id.split('#') as [string, string];
      const before = last.get(publisher) ?? -1;
      if (Number(number) < before) this.find('published out of order', `${channel} ${id} after #${before}`);
      last.set(publisher, Number(number));
    }
  }

  private judgeMemory(channel: string, { epoch, ids }: Kept): void {
    const seen = new Set<string>();
    for (const id of ids.values()) {
      if (seen.has(id)) this.find('published twice', `${channel} ${id} is kept twice`);
      seen.add(id);
      if (this.receipts.get(id)?.outcome?.kind === 'not_done') {
        this.find('false receipt', `${channel} ${id} was not done, and is kept`);
      }
    }
    const oldest = Math.min(...ids.keys());
    for (const { id, outcome } of this.receipts.of(channel)) {
      if (outcome?.kind !== 'ok' || outcome.position.epoch !== epoch || outcome.position.offset < oldest) continue;
      const { offset } = outcome.position;
      if (ids.get(offset) !== id) this.find('false receipt', `${channel} ${id} is not kept at ${epoch}:${offset}`);
    }
  }

  private note(channel: string, position: Position, id: string): void {
    const record = this.records.get(channel) ?? new ChannelRecord();
    this.records.set(channel, record);
    const other = record.note(position, id, 0);
    if (other === undefined) return;
    this.find('altered', `${channel} ${position.epoch}:${position.offset} is ${id}, and was ${other}`);
  }

  private viewOf(user: string, channel: string): SubscriberView {
    const who = `${user} ${channel}`;
    const view = this.views.get(who) ?? new SubscriberView((kind, detail) => this.find(kind, `${who} ${detail}`));
    this.views.set(who, view);
    return view;
  }
}
