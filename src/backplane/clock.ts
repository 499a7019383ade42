/** Where the backplane reads the time. */
export interface Clock {
  /** Ms since 1970, for the timestamp that subscribers see. */
  now(): number;
  /**
   * Whole ms that only grow, for all that ends after a while: when the wall clock is set, it would end at once, or never.
   * Whole, as V8 keeps a whole number in place and boxes another.
   */
  elapsed(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => Math.trunc(performance.now()),
};
