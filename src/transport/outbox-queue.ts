import type { Outbox } from './outbox.js';

/** Outboxes whose turn is to come, first come, first served. */
export class OutboxQueue {
  private waiting: Outbox[] = [];
  /** Those before have had their turn. */
  private at = 0;

  get isEmpty(): boolean {
    return this.at === this.waiting.length;
  }

  add(outbox: Outbox): void {
    this.waiting.push(outbox);
  }

  /** Who comes while these have their turn has its own later. */
  take(count: number): readonly Outbox[] {
    if (this.isEmpty) return NOBODY;
    const taken = this.waiting.slice(this.at, this.at + count);
    this.at += taken.length;
    if (this.at * 2 >= this.waiting.length) this.forget();
    return taken;
  }

  /** Half of them at a time at least, so that it costs nothing for each. */
  private forget(): void {
    this.waiting.splice(0, this.at);
    this.at = 0;
  }
}

const NOBODY: readonly Outbox[] = [];
