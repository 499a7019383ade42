/** The clocks of the backplane. */
export interface Clock {
  /** Wall clock in ms since 1970, for the timestamp that subscribers see. */
  now(): number;
  /**
   * Monotonic clock in ms, for everything that expires. If it were the wall clock, setting the time would expire
   * everything at once, or nothing for long.
   */
  elapsed(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
};
