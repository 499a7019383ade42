import type { Position } from '@skreaver/protocol';

export const HISTORY_SIZE = 4;

/** Stands for a channel's only epoch: its name is the server's business. */
export const EPOCH = 'the epoch';

export interface KeptEvent {
  readonly offset: number;
  readonly data: unknown;
}

export interface HistoryRange {
  readonly since?: Position | undefined;
  readonly limit?: number | undefined;
  readonly reverse?: boolean | undefined;
}

/** What a channel with history remembers. */
export class ModelChannel {
  top = 0;
  private kept: KeptEvent[] = [];
  private readonly acked = new Map<string, number>();

  get position(): Position {
    return { epoch: EPOCH, offset: this.top };
  }

  append(data: unknown): Position {
    this.top += 1;
    this.kept = [...this.kept, { offset: this.top, data }].slice(-HISTORY_SIZE);
    return this.position;
  }

  /** All that came after a position; undefined when any of it is gone, or there never was such a position. */
  after({ epoch, offset }: Position): readonly KeptEvent[] | undefined {
    const oldest = this.kept[0]?.offset ?? this.top + 1;
    const isKept = epoch === EPOCH && offset + 1 >= oldest && offset <= this.top;
    return isKept ? this.kept.filter((event) => event.offset > offset) : undefined;
  }

  read({ since, limit = 100, reverse = false }: HistoryRange): readonly KeptEvent[] {
    const from = since?.epoch === EPOCH ? since.offset : undefined;
    const inRange = this.kept.filter(({ offset }) => from === undefined || (reverse ? offset < from : offset > from));
    return (reverse ? inRange.toReversed() : inRange).slice(0, limit);
  }

  acknowledge(user: string, offset: number): void {
    if (offset <= this.top) this.acked.set(user, Math.max(offset, this.acked.get(user) ?? 0));
  }

  ackedBy(user: string): Position | undefined {
    const offset = this.acked.get(user);
    return offset === undefined ? undefined : { epoch: EPOCH, offset };
  }
}
