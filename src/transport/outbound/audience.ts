import type { Outbox } from './outbox.js';

/**
 * The outboxes that get the same frames, such as those of a channel's subscribers. Each has a value of the caller, the
 * member, for example the connection. Created by {@link Flusher.createAudience}. A member gets the frames that are
 * broadcast between its `add` and its `delete`.
 */
export class Audience<M> implements Iterable<M> {
  private readonly members = new Map<Outbox, M>();

  /**
   * @param beforeChange copies into an outbox the frames that batches keep for it, since they are found by its
   * membership
   */
  constructor(private readonly beforeChange: (outbox: Outbox) => void) {}

  get size(): number {
    return this.members.size;
  }

  add(outbox: Outbox, member: M): void {
    this.beforeChange(outbox);
    this.members.set(outbox, member);
  }

  /** @returns whether the outbox was in the audience */
  delete(outbox: Outbox): boolean {
    this.beforeChange(outbox);
    return this.members.delete(outbox);
  }

  has(outbox: Outbox): boolean {
    return this.members.has(outbox);
  }

  /** Iterates live: an outbox that leaves meanwhile is skipped. */
  outboxes(): IterableIterator<Outbox> {
    return this.members.keys();
  }

  [Symbol.iterator](): IterableIterator<M> {
    return this.members.values();
  }
}
