import type { Outbox } from './outbox.js';

/** Queue of the outboxes that wait for their turn (FIFO). Each is in it at most once. */
export class OutboxQueue {
  private readonly waiting: Outbox[] = [];
  /** Index of the next outbox; earlier ones have had their turn. */
  private at = 0;

  /**
   * @param mark the field of an outbox that says whether it waits in this queue; a `Set` would cost a lookup for each
   * frame
   */
  constructor(private readonly mark: 'isInOwnQueue' | 'isInSharedQueue') {}

  get size(): number {
    return this.waiting.length - this.at;
  }

  /** Returns false if the outbox is already in the queue. */
  add(outbox: Outbox): boolean {
    if (outbox[this.mark]) return false;
    outbox[this.mark] = true;
    this.waiting.push(outbox);
    return true;
  }

  /** Takes the outbox whose turn it is. */
  next(): Outbox | undefined {
    const next = this.waiting[this.at];
    if (next === undefined) return undefined;
    next[this.mark] = false;
    this.at += 1;
    if (this.at * 2 >= this.waiting.length) this.forget();
    return next;
  }

  /**
   * Removes the outboxes that have had their turn. They are at least half of the list, so the cost is amortised O(1).
   */
  private forget(): void {
    this.waiting.splice(0, this.at);
    this.at = 0;
  }
}
