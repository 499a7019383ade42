import type { Position } from '@skreaver/protocol';
import { ENTRY_BYTES, textBytes } from './memory-cost.js';

/** How far users have got in channels. Over `maxBytes` the one that was stored longest ago is forgotten. */
export class AckedPositions {
  /** The one that was stored longest ago first. */
  private readonly positions = new Map<string, Position>();
  private total = 0;

  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.total;
  }

  /** Keeps a position unless a later one of its epoch is known. */
  store(channel: string, userId: string, position: Position): void {
    const name = nameOf(channel, userId);
    const known = this.positions.get(name);
    if (known?.epoch === position.epoch && known.offset >= position.offset) return;
    if (known !== undefined) this.forget(name);
    this.positions.set(name, position);
    this.total += entryBytes(name);
    while (this.total > this.maxBytes) this.forgetOldest();
  }

  find(channel: string, userId: string): Position | undefined {
    return this.positions.get(nameOf(channel, userId));
  }

  clear(): void {
    this.positions.clear();
    this.total = 0;
  }

  private forgetOldest(): void {
    for (const name of this.positions.keys()) {
      this.forget(name);
      return;
    }
  }

  private forget(name: string): void {
    this.positions.delete(name);
    this.total -= entryBytes(name);
  }
}

/** No channel name has a line feed, so that no two pairs are one name. */
const nameOf = (channel: string, userId: string): string => `${channel}\n${userId}`;

const entryBytes = (name: string): number => ENTRY_BYTES + textBytes(name);
