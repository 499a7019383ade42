import type { Position } from '@skreaver/protocol';
import type { Backplane } from '../../backplane/index.js';

/** A channel that waits to be opened, and the subscribe that waits for it. */
interface Opening {
  readonly channel: string;
  readonly hasPosition: boolean;
  readonly resolve: (top: Position | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens channels on the backplane in batches. One call is under way; the channels that come meanwhile are the next. So a
 * single channel does not wait, and a storm of subscribes costs an engine a few large calls.
 */
export class OpeningBatches {
  private waiting: Opening[] = [];
  private isUnderWay = false;

  constructor(private readonly backplane: Backplane) {}

  /**
   * Opens a channel.
   * @param hasPosition the channel keeps a history
   * @returns its position, if it has one
   * @throws what the backplane throws for this channel
   */
  open(channel: string, hasPosition: boolean): Promise<Position | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ channel, hasPosition, resolve, reject });
      if (!this.isUnderWay) void this.work();
    });
  }

  /** Begins after the caller, so that the channels of one subscribe are one batch. */
  private async work(): Promise<void> {
    this.isUnderWay = true;
    await Promise.resolve();
    for (let batch = this.next(); batch.length > 0; batch = this.next()) {
      try {
        await this.openAll(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.isUnderWay = false;
  }

  private next(): readonly Opening[] {
    const batch = this.waiting;
    this.waiting = [];
    return batch;
  }

  private async openAll(batch: readonly Opening[]): Promise<void> {
    const failures = await this.backplane.open(batch.map(({ channel }) => channel));
    const placed: Opening[] = [];
    for (const opening of batch) {
      if (failures.has(opening.channel)) opening.reject(failures.get(opening.channel));
      else if (opening.hasPosition) placed.push(opening);
      else opening.resolve(undefined);
    }
    if (placed.length === 0) return;
    await this.place(placed);
  }

  private async place(openings: readonly Opening[]): Promise<void> {
    try {
      const tops = await this.backplane.positions(new Map(openings.map(({ channel }) => [channel, undefined])));
      for (const { channel, resolve } of openings) if (tops.has(channel)) resolve(tops.get(channel));
      const left = openings.filter(({ channel }) => !tops.has(channel));
      if (left.length === openings.length) throw new Error('The backplane tells no position.');
      // Asked for alone, they say why.
      if (left.length > 0) await this.place(left);
    } catch (error) {
      for (const { reject } of openings) reject(error);
    }
  }
}
