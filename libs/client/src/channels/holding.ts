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
  let current: { readonly task: Task; readonly abort: AbortController; readonly failures: number } | undefined;

  const stop = (): void => {
    timer();
    current?.abort.abort();
    current = held = undefined;
  };

  const release = (): void => {
    const events = held ?? [];
    stop();
    for (const event of events) take(event);
  };

  const run = (task: Task, events: ChannelEvent[], failures = 0): void => {
    stop();
    held = events;
    const { abort } = (current = { task, abort: new AbortController(), failures });
    task(abort.signal).then(
      () => abort.signal.aborted || release(),
      (cause: unknown) => abort.signal.aborted || failed('LOAD_FAILED', cause),
    );
  };

  const failed = (code: string, cause?: unknown): void => {
    const { task, abort, failures } = current as NonNullable<typeof current>;
    abort.abort();
    const isFinal = cause instanceof SkreaverError && !cause.retryable;
    if (isFinal) release();
    else timer(backoff(failures), () => run(task, held ?? [], failures + 1));
    onFailure(code, cause);
  };

  const take = (event: ChannelEvent): void => {
    if (!held) return deliver(event);
    held.push(event);
    if (held.length <= limit) return;
    held = [];
    if (!current?.abort.signal.aborted) failed('QUEUE_FULL');
  };

  return {
    /** Does the task before any further event is delivered. Replaces a task that is not done yet. */
    run: (task: Task, first?: ChannelEvent) => run(task, first ? [first] : []),
    isHolding: () => held !== undefined,
    take,
    stop,
  };
}
