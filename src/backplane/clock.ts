/** The clocks of the backplane. */
export interface Clock {
  /** Wall clock in ms since 1970, for the timestamp that subscribers see. */
  now(): number;
  /**
   * Monotonic clock in ms, for everything that expires. With the wall clock, setting it would end that at once or
   * never.
   */
  elapsed(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
};
