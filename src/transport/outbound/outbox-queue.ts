import type { Outbox } from './outbox.js';

/** Outboxes whose turn is to come, first come, first served; each once. */
export class OutboxQueue {
  private readonly waiting: Outbox[] = [];
  /** Those before have had their turn. */
  private at = 0;

  /** @param mark by which an outbox knows that it waits here: a set would be asked for each frame */
  constructor(private readonly mark: 'isInOwnQueue' | 'isInSharedQueue') {}

  get size(): number {
    return this.waiting.length - this.at;
  }

  /** Returns false when it waits already. */
  add(outbox: Outbox): boolean {
    if (outbox[this.mark]) return false;
    outbox[this.mark] = true;
    this.waiting.push(outbox);
    return true;
  }

  /** Whose turn it is. */
  next(): Outbox | undefined {
    const next = this.waiting[this.at];
    if (next === undefined) return undefined;
    next[this.mark] = false;
    this.at += 1;
    if (this.at * 2 >= this.waiting.length) this.forget();
    return next;
  }

  /** Half of them at a time at least, so that it costs nothing for each. */
  private forget(): void {
    this.waiting.splice(0, this.at);
    this.at = 0;
  }
}
