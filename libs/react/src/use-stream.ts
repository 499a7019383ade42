import type { ChunkOf, Client, Method, ParamsOf, ResponseStream, ResultOf, StreamOptions } from '@skreaver/client';
import { useMemo } from 'react';
import { useAnyClient } from './client-context.js';
import { type Coalesce, coalesce } from './coalesce.js';
import type { RegisteredContract } from './register.js';
import { type Store, createStore, useStore } from './store.js';
import { type Latest, useLatest } from './use-latest.js';

export interface StreamHookOptions extends Pick<StreamOptions, 'timeout' | 'volatile'> {
  /** When chunks are shown. Default: `frame`. */
  readonly coalesce?: Coalesce;
}

/** A new frozen object for each change; its functions stay the same. */
export interface StreamSnapshot<Params, Chunk, Result> {
  /** Calls the method, in place of what is under way. */
  readonly start: (params?: Params) => void;
  /** Ends what is under way, on the server too. What has come stays. */
  readonly cancel: () => void;
  readonly status: 'idle' | 'streaming' | 'done' | 'failed' | 'cancelled';
  readonly chunks: readonly Chunk[];
  /** The chunks that are strings, as one. */
  readonly text: string;
  /** What the method returned in the end. */
  readonly result?: Result | undefined;
  /** Why it failed. */
  readonly error?: unknown;
}

type Snapshot = StreamSnapshot<unknown, unknown, unknown>;

function streamStore(client: Client, method: string, latest: Latest<StreamHookOptions>): Store<Snapshot> {
  let current: ResponseStream | undefined;
  const nothing = { chunks: [], text: '' };

  const read = async (stream: ResponseStream): Promise<void> => {
    const chunks: unknown[] = [];
    let text = '';
    const show = (): void => {
      if (stream === current) store.set({ ...idle, status: 'streaming', chunks: [...chunks], text });
    };
    const end = (last: Pick<Snapshot, 'status' | 'result' | 'error'>): void => {
      if (stream !== current) return;
      current = undefined;
      store.set({ ...idle, chunks, text, ...last });
    };
    try {
      const iterator = stream[Symbol.asyncIterator]();
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        chunks.push(next.value);
        if (typeof next.value === 'string') text += next.value;
        coalesce(show, latest.current.coalesce);
      }
      end({ status: 'done', result: await stream.result });
    } catch (error) {
      end({ status: 'failed', error });
    }
  };

  const cancel = (): void => {
    if (!current) return;
    const stream = current;
    current = undefined;
    stream.cancel();
    store.set({ ...store.get(), status: 'cancelled' });
  };

  const start = (params?: unknown): void => {
    cancel();
    const { timeout, volatile } = latest.current;
    current = client.stream(method, params, { timeout, volatile });
    store.set({ ...idle, status: 'streaming' });
    void read(current);
  };

  const idle: Snapshot = { start, cancel, status: 'idle', ...nothing };
  const store = createStore(idle, () => cancel);
  return store;
}

/**
 * Calls a method that streams its result, and shows the chunks as they come. A stream that is under way when the component
 * goes is cancelled, on the server too.
 * @example
 * ```ts
 * import { useStream } from '@skreaver/react';
 *
 * export function useReport(topic: string) {
 *   const { start, cancel, status, text } = useStream('report.write');
 *   return { text, onClick: status === 'streaming' ? cancel : () => start({ topic }) };
 * }
 * ```
 */
export function useStream<M extends Method<RegisteredContract>>(
  method: M,
  options: StreamHookOptions = {},
): StreamSnapshot<ParamsOf<RegisteredContract, M>, ChunkOf<RegisteredContract, M>, ResultOf<RegisteredContract, M>> {
  const client = useAnyClient();
  const latest = useLatest(options);
  const store = useMemo(() => streamStore(client, method, latest), [client, method, latest]);
  return useStore(store);
}
