/** Time, as the client sees it: wall-clock time, which goes on while a computer sleeps. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as number),
};

/** The longest time that `setTimeout` can wait: 2^31 - 1 ms. */
const LONGEST = 2_147_483_647;

/** A place for one timer: `timer(ms, run)` sets it in place of the one before, `timer()` clears it. */
export type Timer = (ms?: number, run?: () => void) => void;

export function createTimer(clock: Clock): Timer {
  let handle: unknown;
  return (ms, run) => {
    if (handle !== undefined) clock.clearTimeout(handle);
    handle = undefined;
    if (run === undefined || ms === undefined || ms > LONGEST) return;
    const own = clock.setTimeout(() => {
      if (handle === own) handle = undefined;
      run();
    }, ms);
    handle = own;
  };
}
