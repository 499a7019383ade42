/** Where the backplane reads the time. */
export interface Clock {
  /** Ms since 1970, for the timestamp that subscribers see. */
  now(): number;
  /** Ms that only grow, for all that ends after a while: a wall clock that is set would end it at once, or never. */
  elapsed(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
};
