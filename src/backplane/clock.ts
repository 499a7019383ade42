/** Where the backplane reads the time. */
export interface Clock {
  /** Ms since 1970, for the timestamp that subscribers see. */
  now(): number;
  /** Ms that only grow, for all that ends after a while: when the wall clock is set, it would end at once, or never. */
  elapsed(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
};
