/** An entry of a {@link WaitQueue}. */
export interface Waiter {
  /** Leaves the queue. Has no effect once the waiter was called or has left. */
  leave(): void;
}

class Link implements Waiter {
  ahead: Link = this;
  behind: Link = this;

  constructor(readonly call: () => void) {}

  leave(): void {
    this.ahead.behind = this.behind;
    this.behind.ahead = this.ahead;
    this.ahead = this;
    this.behind = this;
  }

  queueBehind(last: Link): void {
    this.ahead = last;
    this.behind = last.behind;
    last.behind.ahead = this;
    last.behind = this;
  }
}

/**
 * A FIFO queue of callbacks. Joining, leaving from the middle and calling the next one are O(1).
 *
 * It is a ring of links, not a `Set`: taking 100,000 entries one by one from the front of a `Set` costs 1.5 s on Node
 * 20, because each look at the front steps over all entries deleted before it.
 */
export class WaitQueue {
  readonly #front = new Link(() => undefined);

  join(call: () => void): Waiter {
    const waiter = new Link(call);
    waiter.queueBehind(this.#front.ahead);
    return waiter;
  }

  /** Calls the waiter that has waited longest. Returns false when the queue is empty. */
  callNext(): boolean {
    const first = this.#front.behind;
    if (first === this.#front) return false;
    first.leave();
    first.call();
    return true;
  }
}
