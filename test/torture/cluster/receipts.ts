import type { Position } from '@skreaver/protocol';

/** What a publisher knows of its publication. */
export type Outcome =
  { readonly kind: 'ok'; readonly position: Position } | { readonly kind: 'not_done' } | { readonly kind: 'unknown' };

export interface Publication {
  /** Who published it, and its number there: `name#0`, `name#1` … */
  readonly id: string;
  readonly channel: string;
  /** It may be sent again. */
  readonly hasKey: boolean;
  /** When it was sent first, by the clock of this process. */
  readonly begunAt: number;
  /** Undefined while it is under way. */
  outcome: Outcome | undefined;
}

/** What was published, and what the publishers were told of it. */
export class Receipts {
  readonly counts = { ok: 0, not_done: 0, unknown: 0 };
  private readonly all = new Map<string, Publication>();

  begin(id: string, channel: string, hasKey: boolean): Publication {
    const publication: Publication = { id, channel, hasKey, begunAt: performance.now(), outcome: undefined };
    this.all.set(id, publication);
    return publication;
  }

  settle(publication: Publication, outcome: Outcome): void {
    publication.outcome = outcome;
    this.counts[outcome.kind] += 1;
  }

  get(id: string): Publication | undefined {
    return this.all.get(id);
  }

  /** Those of a channel. */
  *of(channel: string): Iterable<Publication> {
    for (const publication of this.all.values()) if (publication.channel === channel) yield publication;
  }
}
