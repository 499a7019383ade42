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
  let readers: (() => void)[] = [];
  let ended: { readonly error?: unknown } | undefined;

  const wake = (): void => {
    const woken = readers;
    readers = [];
    for (const look of woken) look();
  };

  const end = (error?: unknown): void => {
    ended ??= { error };
    wake();
  };

  const next = (): Promise<IteratorResult<T>> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (values.length > 0) resolve({ done: false, value: values.shift() as T });
        else if (!ended) readers.push(look);
        else if (ended.error === undefined) resolve({ done: true, value: undefined });
        else {
          reject(ended.error);
          ended = {};
        }
      };
      look();
    });

  return {
    end,
    push(value) {
      if (ended) return;
      values.push(value);
      wake();
      if (values.length <= limit) return;
      if (onOverflow === 'oldest') values.shift();
      else {
        const error = failure('QUEUE_FULL');
        end(error);
        onReturn(error);
      }
    },
    iterator: {
      next,
      return() {
        values.length = 0;
        ended = {};
        wake();
        onReturn();
        return next();
      },
    },
  };
}
