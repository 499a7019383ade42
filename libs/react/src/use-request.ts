import type { Client, Method, ParamsOf, RequestOptions, ResultOf } from '@skreaver/client';
import { useMemo } from 'react';
import { useAnyClient } from './client-context.js';
import type { RegisteredContract } from './register.js';
import { type Store, createStore, useStore } from './store.js';

/** `reset` and the end of the component are its signal. */
export type RunOptions = Omit<RequestOptions, 'signal'>;

/** A new frozen object for each change; its functions stay the same. */
export interface RequestSnapshot<Params, Result> {
  /**
   * Calls the method. `data`, `error` and `isPending` are those of the last call. A call whose promise nobody looks at is
   * no unhandled rejection: its error is in `error`.
   */
  readonly run: (params?: Params, options?: RunOptions) => Promise<Result>;
  /** Gives up what is under way, and forgets the result. */
  readonly reset: () => void;
  /** The last result; it stays while the next one is awaited. */
  readonly data?: Result | undefined;
  readonly error?: unknown;
  readonly isPending: boolean;
}

type Snapshot = RequestSnapshot<unknown, unknown>;

function requestStore(client: Client, method: string): Store<Snapshot> {
  let abort = new AbortController();
  let last: object | undefined;

  const run = (params?: unknown, options?: RunOptions): Promise<unknown> => {
    const own = (last = {});
    const { signal } = abort;
    const show = (next: Pick<Snapshot, 'data' | 'error'>): void => {
      if (own === last) store.set({ ...idle, ...next });
    };
    store.set({ ...store.get(), error: undefined, isPending: true });
    const result = client.request(method, params, { ...options, signal });
    result.then(
      (data) => show({ data }),
      (error: unknown) => show({ data: store.get().data, error }),
    );
    return result;
  };

  /** Before the calls reject, so that what was given up is no error. */
  const giveUp = (next: Snapshot): void => {
    last = undefined;
    abort.abort();
    abort = new AbortController();
    store.set(next);
  };

  const idle: Snapshot = { run, reset: () => giveUp(idle), isPending: false };
  const store = createStore(idle, () => () => {
    giveUp(store.get().isPending ? { ...store.get(), isPending: false } : store.get());
  });
  return store;
}

/**
 * Calls a method from a component, which shows the last result. What is under way when the component goes is cancelled,
 * on the server too.
 * @example
 * ```ts
 * import { useRequest } from '@skreaver/react';
 *
 * export function usePauseButton(agent: number) {
 *   const { run, isPending, error } = useRequest('agent.pause');
 *   return { onClick: () => run({ agent }), disabled: isPending, title: error ? 'It did not work.' : 'Pause' };
 * }
 * ```
 */
export function useRequest<M extends Method<RegisteredContract>>(
  method: M,
): RequestSnapshot<ParamsOf<RegisteredContract, M>, ResultOf<RegisteredContract, M>> {
  const client = useAnyClient();
  const store = useMemo(() => requestStore(client, method), [client, method]);
  return useStore(store);
}
