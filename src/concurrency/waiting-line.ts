/** A place in a {@link WaitingLine}. */
export interface Place {
  /** Gives the place up; harmless once the place was called or given up. */
  leave(): void;
}

class Link implements Place {
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
 * First come, first served; joining, leaving from the middle and calling the next one are O(1).
 * A ring of links and not a `Set`: taking the first of 100,000 entries in turn from a `Set` costs 1.5 s on Node 20,
 * because each look at the front steps over all entries deleted before it.
 */
export class WaitingLine {
  readonly #front = new Link(() => undefined);

  join(call: () => void): Place {
    const place = new Link(call);
    place.queueBehind(this.#front.ahead);
    return place;
  }

  /** Calls whoever has waited longest; `false` when nobody waits. */
  callNext(): boolean {
    const first = this.#front.behind;
    if (first === this.#front) return false;
    first.leave();
    first.call();
    return true;
  }
}
