import type { Position } from '@skreaver/protocol';
import { FairEntry, FairMap } from './fair-map.js';
import { ACKED_BYTES } from './memory-cost.js';

/** Maximum number of channels in which one user may have a position. */
const MOST_OF_USER = 10_000;
/** The share of `maxBytes` for positions with offset 0. */
const SHARE_OF_STARTS = 1 / 4;

class Acked extends FairEntry<Acked> {
  constructor(
    name: string,
    readonly position: Position,
  ) {
    super(name);
  }
}

/**
 * The positions that users have acknowledged, by channel. Over `maxBytes`, the user with the most positions loses its
 * oldest. Offset 0 only says that a user began before the first event. Such positions have a bound of their own, so
 * that they never displace others.
 */
export class AckedPositions {
  private readonly positions: FairMap<Acked>;
  private readonly starts: FairMap<Acked>;

  constructor(maxBytes: number) {
    const limits = (share: number) => ({ maxBytes: maxBytes * share, maxOfOwner: MOST_OF_USER });
    this.positions = new FairMap(ACKED_BYTES, limits(1 - SHARE_OF_STARTS));
    this.starts = new FairMap(ACKED_BYTES, limits(SHARE_OF_STARTS));
  }

  get bytes(): number {
    return this.positions.bytes + this.starts.bytes;
  }

  /** Keeps a position unless a later one of its epoch is known. */
  store(channel: string, userId: string, position: Position): void {
    const name = nameOf(channel, userId);
    const known = this.entryOf(name);
    if (known?.position.epoch === position.epoch && known.position.offset >= position.offset) return;
    if (known !== undefined) this.mapOf(known.position).forget(known);
    this.mapOf(position).set(userId, new Acked(name, position));
  }

  find(channel: string, userId: string): Position | undefined {
    return this.entryOf(nameOf(channel, userId))?.position;
  }

  clear(): void {
    this.positions.clear();
    this.starts.clear();
  }

  private entryOf(name: string): Acked | undefined {
    return this.positions.get(name) ?? this.starts.get(name);
  }

  private mapOf({ offset }: Position): FairMap<Acked> {
    return offset === 0 ? this.starts : this.positions;
  }
}

/** Joins two names into one key. A channel name has no line feed, so the key is unique. */
const nameOf = (channel: string, userId: string): string => `${channel}\n${userId}`;
