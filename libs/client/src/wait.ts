import { type Clock, createTimer } from './environment/clock.js';
import { failure } from './errors.js';

/** How long a call may wait. */
export interface Wait {
  /** Milliseconds. Default: no bound. */
  readonly timeout?: number | undefined;
  /** Gives it up; the call rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** What a waiting call is settled by: once, whatever comes later. */
export interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  /** Rejects as time and signal do. */
  readonly giveUp: (error: unknown) => void;
  /** Waits without a bound from now on. */
  readonly unbound: () => void;
}

/**
 * A promise that is settled exactly once: by `begin`, or when its time is over or its signal aborts.
 * @param begin returns what to do when it is settled; `isGivenUp` where time or signal did it
 */
export function waiting<T>(
  clock: Clock,
  { timeout, signal }: Wait,
  begin: (own: Waiting<T>) => (isGivenUp: boolean) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = createTimer(clock);
    let end: ((isGivenUp: boolean) => void) | undefined;
    let isSettled = false;
    const settle = (run: () => void, isGivenUp = false): void => {
      if (isSettled) return;
      isSettled = true;
      timer();
      signal?.removeEventListener('abort', onAbort);
      end?.(isGivenUp);
      run();
    };
    const giveUp = (error: unknown): void => settle(() => reject(error), true);
    // React Native's signals have no reason.
    const onAbort = (): void => giveUp(signal?.reason ?? failure('REQUEST_CANCELLED'));
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort);
    timer(timeout, () => giveUp(failure('TIMEOUT')));
    end = begin({
      resolve: (value) => settle(() => resolve(value)),
      reject: (error) => settle(() => reject(error)),
      giveUp,
      unbound: timer,
    });
    if (isSettled) end(false);
  });
}

/**
 * Waits for a status, looked for now and at each change.
 * @param ends statuses from which it does not come by itself: the wait rejects, with the error if there is one
 * @param onChange calls its listener at each change, and returns a function that ends this
 */
export function waitForStatus(
  clock: Clock,
  wait: Wait | undefined,
  goal: string,
  ends: readonly string[],
  state: () => { readonly status: string; readonly error?: unknown },
  onChange: (look: () => void) => () => void,
): Promise<void> {
  return waiting<void>(clock, wait ?? {}, ({ resolve, reject }) => {
    const look = (): void => {
      const { status, error } = state();
      if (ends.includes(status)) reject(error ?? failure('NOT_CONNECTED'));
      else if (status === goal) resolve();
    };
    const end = onChange(look);
    look();
    return end;
  });
}
