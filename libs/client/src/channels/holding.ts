import { type Clock, createTimer } from '../environment/clock.js';
import { SkreaverError } from '../errors.js';
import type { ChannelEvent } from './channel-event.js';

export interface HoldingHost {
  readonly clock: Clock;
  /** Milliseconds until the next try, after so many failures. */
  readonly backoff: (failures: number) => number;
  /** Events that may wait for a task. */
  readonly limit: number;
  readonly deliver: (event: ChannelEvent) => void;
  readonly onFailure: (code: string, cause: unknown) => void;
}

export type Task = (signal: AbortSignal) => Promise<void>;

/**
 * Events that wait until something has been loaded. Loading that fails is tried again, unless it failed for good. If too
 * many events wait, they are dropped and loading begins anew: what it loads then contains them.
 */
export function createHolding({ clock, backoff, limit, deliver, onFailure }: HoldingHost) {
  const timer = createTimer(clock);
  let held: ChannelEvent[] | undefined;
  let abort: AbortController | undefined;
  let failed: (code: string, cause?: unknown) => void;

  const stop = (): void => {
    timer();
    abort?.abort();
    held = undefined;
  };

  const release = (): void => {
    const events = held ?? [];
    stop();
    for (const event of events) take(event);
  };

  const run = (task: Task, events: ChannelEvent[], failures = 0): void => {
    stop();
    held = events;
    const own = (abort = new AbortController());
    failed = (code, cause) => {
      if (own.signal.aborted) return;
      own.abort();
      const isFinal = cause instanceof SkreaverError && !cause.retryable;
      if (isFinal) release();
      else timer(backoff(failures), () => run(task, held ?? [], failures + 1));
      onFailure(code, cause);
    };
    task(own.signal).then(
      () => own.signal.aborted || release(),
      (cause: unknown) => failed('LOAD_FAILED', cause),
    );
  };

  const take = (event: ChannelEvent): void => {
    if (!held) return deliver(event);
    held.push(event);
    if (held.length <= limit) return;
    held = [];
    failed('QUEUE_FULL');
  };

  return {
    /** Does the task before any further event is delivered. Replaces a task that is not done yet. */
    run: (task: Task, first?: ChannelEvent) => run(task, first ? [first] : []),
    isHolding: () => held !== undefined,
    take,
    stop,
  };
}
