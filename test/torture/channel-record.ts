import type { Position } from '@skreaver/protocol';

interface Entry {
  readonly id: string;
  /** When it was published, in ms since 1970: as the event says, and until one is seen, not before this. */
  timestamp: number;
}

/** What was published to a channel, as it shows from receipts and deliveries: by epoch, then by offset. */
export class ChannelRecord {
  private readonly byEpoch = new Map<string, (Entry | undefined)[]>();

  /** Returns what stands at the position already, if it is something else. */
  note({ epoch, offset }: Position, id: string, timestamp: number): string | undefined {
    const entries = this.byEpoch.get(epoch) ?? [];
    this.byEpoch.set(epoch, entries);
    const known = entries[offset];
    if (known === undefined) entries[offset] = { id, timestamp };
    else known.timestamp = Math.max(known.timestamp, timestamp);
    return known === undefined || known.id === id ? undefined : known.id;
  }

  /** In the order in which they were first seen. */
  get epochs(): readonly string[] {
    return [...this.byEpoch.keys()];
  }

  timestampAt({ epoch, offset }: Position): number | undefined {
    return this.byEpoch.get(epoch)?.[offset]?.timestamp;
  }

  /** The last position of an epoch, 0 for one in which nothing was published. */
  topOf(epoch: string): number {
    return Math.max(0, (this.byEpoch.get(epoch)?.length ?? 0) - 1);
  }

  /** Every id of an epoch, in the order of offsets. */
  *idsOf(epoch: string): Iterable<string> {
    for (const entry of this.byEpoch.get(epoch) ?? []) if (entry) yield entry.id;
  }

  /** Every id, in the order of epochs and offsets. */
  *ids(): Iterable<string> {
    for (const epoch of this.epochs) yield* this.idsOf(epoch);
  }
}
