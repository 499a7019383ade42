import type { Position } from '@skreaver/protocol';
import { BoundedMap } from './bounded-map.js';
import { POSITION_BYTES } from './memory-cost.js';

/** How far users have got in channels. Over `maxBytes` those who said so longest ago are forgotten. */
export class AckedPositions {
  private readonly positions: BoundedMap<Position>;

  constructor(maxBytes: number) {
    this.positions = new BoundedMap(POSITION_BYTES, maxBytes);
  }

  get bytes(): number {
    return this.positions.bytes;
  }

  /** Keeps a position unless a later one of its epoch is known. */
  store(channel: string, userId: string, position: Position): void {
    const name = nameOf(channel, userId);
    const known = this.positions.get(name);
    if (known?.epoch === position.epoch && known.offset >= position.offset) return;
    this.positions.set(name, position);
  }

  find(channel: string, userId: string): Position | undefined {
    return this.positions.get(nameOf(channel, userId));
  }

  clear(): void {
    this.positions.clear();
  }
}

/** No channel name has a line feed, so that no two pairs are one name. */
const nameOf = (channel: string, userId: string): string => `${channel}\n${userId}`;
