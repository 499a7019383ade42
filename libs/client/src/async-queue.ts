import { failure } from './errors.js';

export interface AsyncQueue<T> {
  readonly iterator: AsyncIterator<T>;
  readonly push: (value: T) => void;
  /** No more values: the reader gets what waits, then the error, if there is one. The first end counts. */
  readonly end: (error?: unknown) => void;
}

/**
 * An async iterator over what is pushed, written by hand: Hermes has no async generators.
 * @param limit values that may wait for the reader
 * @param onOverflow `error`: the iteration fails; `oldest`: the value that waits longest is dropped
 * @param onReturn called when the reader leaves the loop
 */
export function createAsyncQueue<T>(
  limit: number,
  onOverflow: 'error' | 'oldest',
  onReturn: (reason?: unknown) => void,
): AsyncQueue<T> {
  const values: T[] = [];
  const readers: PromiseWithResolversLike<IteratorResult<T>>[] = [];
  let ended: { readonly error?: unknown } | undefined;

  const end = (error?: unknown): void => {
    ended ??= { error };
    for (const reader of readers.splice(0)) last(reader);
  };
  const last = ({ resolve, reject }: PromiseWithResolversLike<IteratorResult<T>>): void => {
    const error = ended?.error;
    ended = {};
    if (error === undefined) resolve({ done: true, value: undefined });
    else reject(error);
  };
  return {
    end,
    push(value) {
      if (ended) return;
      const reader = readers.shift();
      if (reader) return reader.resolve({ done: false, value });
      values.push(value);
      if (values.length <= limit) return;
      if (onOverflow === 'oldest') values.shift();
      else {
        const error = failure('QUEUE_FULL');
        end(error);
        onReturn(error);
      }
    },
    iterator: {
      next: () =>
        new Promise((resolve, reject) => {
          if (values.length > 0) resolve({ done: false, value: values.shift() as T });
          else if (ended) last({ resolve, reject });
          else readers.push({ resolve, reject });
        }),
      return() {
        values.length = 0;
        end();
        onReturn();
        return Promise.resolve({ done: true, value: undefined });
      },
    },
  };
}

interface PromiseWithResolversLike<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}
