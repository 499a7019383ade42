import { setTimeout } from 'node:timers/promises';

export interface Pace {
  /** Calls a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/**
 * Makes calls at a steady rate, whatever becomes of those before (open loop). A late call is made at once, and told when it
 * was due: its delay counts as latency.
 * @param call gets the time it was due at, on the clock of `performance.now()`
 */
export async function paced({ rate, seconds, signal }: Pace, call: (due: number) => void): Promise<void> {
  const start = performance.now();
  const calls = Math.round(rate * seconds);
  for (let made = 0; made < calls; made += 1) {
    const due = start + (made * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await setTimeout(wait, undefined, { signal });
    // A call that is far behind must not keep the sockets from being read.
    else if (made % 100 === 0) await setTimeout(0, undefined, { signal });
    call(due);
  }
}
