import type { Position } from '@skreaver/protocol';
import type { ChannelOptions } from '../../config/index.js';
import type { OverflowGroup } from '../../transport/index.js';

/** The order of a publication: directly after the last one, seen before, or after a gap. */
type Arrival = 'next' | 'duplicate' | 'gap';

/** A channel that is open on this node, and the position up to which its publications have arrived. */
export class OpenChannel {
  /** The position of the last publication. Undefined in a channel without history, and until it is known. */
  position: Position | undefined;
  /** Overflow groups of the channel: one for events, one for joins and leaves, as only events have offsets. */
  readonly overflowGroup: OverflowGroup | undefined;
  readonly presenceOverflowGroup: OverflowGroup | undefined;

  constructor(
    readonly name: string,
    { overflow }: ChannelOptions,
  ) {
    if (overflow !== 'drop_oldest' && overflow !== 'latest') return;
    this.overflowGroup = { overflow };
    this.presenceOverflowGroup = { overflow };
  }

  /**
   * Advances to the position of a publication, unless it comes after a gap. A publication without a position is always
   * `next`, since a gap before it cannot be detected.
   */
  advance(position: Position | undefined): Arrival {
    const last = this.position;
    if (position === undefined) return 'next';
    if (last === undefined) {
      this.position = position;
      return 'next';
    }
    const isSameEpoch = position.epoch === last.epoch;
    if (isSameEpoch && position.offset <= last.offset) return 'duplicate';
    if (!isSameEpoch || position.offset !== last.offset + 1) return 'gap';
    this.position = position;
    return 'next';
  }

  /** True if publications up to this position have not arrived, or if it is of another epoch. */
  isBehind({ epoch, offset }: Position): boolean {
    const { position } = this;
    return position !== undefined && (position.epoch !== epoch || position.offset < offset);
  }

  /**
   * Advances to the top of the channel's history.
   * @returns false if publications of another epoch have arrived: it is not known which epoch is the later one
   */
  startAt(top: Position): boolean {
    const seen = this.position;
    if (seen !== undefined && seen.epoch !== top.epoch) return false;
    if (seen === undefined || seen.offset < top.offset) this.position = top;
    return true;
  }
}
