import type { EventMetadata, Position } from '@skreaver/protocol';

export type FindingKind =
  | 'lost'
  | 'doubled'
  | 'reordered'
  | 'altered'
  | 'uninvited'
  | 'dishonest answer'
  | 'unexplained'
  | 'behind'
  | 'revoked'
  | 'ghost'
  | 'false receipt'
  | 'published twice'
  | 'published out of order';

export type Report = (kind: FindingKind, detail: string) => void;

/** One client's view of one channel over all of its connections: what it must get next. */
export class SubscriberView {
  private expected: Position | undefined;
  /** Offsets of this epoch that were passed over without a word. */
  private readonly missing = new Set<number>();
  private subscribed = false;

  constructor(private readonly report: Report) {}

  /** Where it got to; what it asks to go on from. */
  get position(): Position | undefined {
    return this.expected && { epoch: this.expected.epoch, offset: this.expected.offset - 1 };
  }

  begin(since: Position | undefined, answer: Position & { readonly recovered: boolean }): void {
    this.subscribed = true;
    if (answer.recovered && since?.epoch !== answer.epoch) {
      this.report('dishonest answer', `recovered ${answer.epoch}:${answer.offset} since ${JSON.stringify(since)}`);
    }
    const from = answer.recovered && since !== undefined ? since : answer;
    this.reportMissing();
    this.expected = { epoch: from.epoch, offset: from.offset + 1 };
  }

  /** The server says that the position was lost, and where it goes on. */
  lose({ epoch, offset }: Position): void {
    if (!this.subscribed) return this.report('uninvited', `told of ${epoch}:${offset}`);
    this.begin(undefined, { epoch, offset, recovered: false });
  }

  end(): void {
    this.subscribed = false;
  }

  take({ epoch, offset }: Position, gap: EventMetadata['gap']): void {
    const { expected } = this;
    if (!this.subscribed || expected === undefined) return this.report('uninvited', `${epoch}:${offset}`);
    if (epoch !== expected.epoch) return this.report('uninvited', `${epoch}:${offset}, expected ${expected.epoch}`);
    if (offset < expected.offset) return this.takeLate(offset);
    if (offset > expected.offset) this.takeAhead(expected.offset, offset, gap);
    this.expected = { epoch, offset: offset + 1 };
  }

  /** What was passed over and can come late no more. */
  reportMissing(): void {
    for (const offset of this.missing) this.report('lost', `${this.expected?.epoch}:${offset}`);
    this.missing.clear();
  }

  private takeLate(offset: number): void {
    if (this.missing.delete(offset)) this.report('reordered', `${offset} came before ${this.expected?.offset}`);
    else this.report('doubled', `${this.expected?.epoch}:${offset}`);
  }

  private takeAhead(expected: number, offset: number, gap: EventMetadata['gap']): void {
    const isTold = typeof gap === 'object' && gap.from === expected && gap.to === offset - 1;
    if (isTold) return;
    for (let missed = expected; missed < offset; missed += 1) this.missing.add(missed);
  }
}
