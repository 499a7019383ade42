import type { Position } from '@skreaver/protocol';
import type { ChannelOptions } from '../../config/index.js';
import type { OverflowGroup } from '../../transport/index.js';

/** What a publication is to a channel: the one after the last, one that was seen, or one that others are missing before. */
type Arrival = 'next' | 'duplicate' | 'gap';

/** A channel that this node follows, and how far it has seen it. */
export class OpenChannel {
  /** The last one seen. Undefined where the channel keeps no history, and until it is known. */
  position: Position | undefined;
  /** Where slow sockets may lose the channel's events, and where its joins and leaves: only the former have offsets. */
  readonly overflowGroup: OverflowGroup | undefined;
  readonly presenceOverflowGroup: OverflowGroup | undefined;

  constructor({ overflow }: ChannelOptions) {
    if (overflow !== 'drop_oldest' && overflow !== 'latest') return;
    this.overflowGroup = { overflow };
    this.presenceOverflowGroup = { overflow };
  }

  /** Takes note of the position of a publication. One without has nothing before it that could be missed. */
  advance(position: Position | undefined): Arrival {
    const last = this.position;
    if (position === undefined) return 'next';
    if (last === undefined) {
      this.position = position;
      return 'next';
    }
    const isSameEpoch = position.epoch === last.epoch;
    if (isSameEpoch && position.offset <= last.offset) return 'duplicate';
    this.position = position;
    return isSameEpoch && position.offset === last.offset + 1 ? 'next' : 'gap';
  }

  /**
   * Takes note of where the channel stands by its history.
   * @returns false when what was seen is of another epoch: which is the later one cannot be told
   */
  startAt(top: Position): boolean {
    const seen = this.position;
    if (seen !== undefined && seen.epoch !== top.epoch) return false;
    if (seen === undefined || seen.offset < top.offset) this.position = top;
    return true;
  }
}
