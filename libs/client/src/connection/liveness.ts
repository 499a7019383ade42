import { type Clock, createTimer } from '../environment/clock.js';

export interface Liveness {
  /** Something came from the server. */
  heard(): void;
  /** Asks the server for a sign of life, unless it is being asked. */
  probe(): void;
  stop(): void;
}

/**
 * Notices a dead connection by silence alone. Judges by the clock and not by the timers, which stop in hidden pages and
 * while a computer sleeps.
 * @param idle milliseconds of silence before the server is asked; may change
 * @param timeout milliseconds in which it has to answer
 */
export function createLiveness(
  clock: Clock,
  idle: () => number,
  timeout: number,
  ping: () => void,
  dead: () => void,
): Liveness {
  const timer = createTimer(clock);
  let last = 0;
  let isProbing = true;
  const watch = (): void => {
    const left = last + idle() - clock.now();
    if (left > 0) timer(left, watch);
    else probe();
  };
  const heard = (): void => {
    last = clock.now();
    if (!isProbing) return;
    isProbing = false;
    watch();
  };
  const probe = (): void => {
    if (isProbing) return;
    isProbing = true;
    timer(timeout, dead);
    ping();
  };
  heard();
  return { heard, probe, stop: timer };
}
