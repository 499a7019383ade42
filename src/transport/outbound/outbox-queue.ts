import type { Outbox } from './outbox.js';

/** Outboxes that wait for their turn, each once, first come, first served. */
export class OutboxQueue {
  private readonly waiting: Outbox[] = [];
  /** Index of the next outbox; earlier ones have had their turn. */
  private at = 0;

  /** @param mark the field by which an outbox knows that it waits here: a set would be asked for each frame */
  constructor(private readonly mark: 'isInOwnQueue' | 'isInSharedQueue') {}

  get size(): number {
    return this.waiting.length - this.at;
  }

  /** Returns false when the outbox waits already. */
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

  /** Forgets at least half of the list at a time, so that the cost for each outbox is next to nothing. */
  private forget(): void {
    this.waiting.splice(0, this.at);
    this.at = 0;
  }
}
