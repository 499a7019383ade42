import { createAsyncQueue } from '../async-queue.js';
import { failure } from '../errors.js';
import type { RequestOptions } from './request-options.js';
import type { Requests } from './requests.js';

export interface StreamOptions extends RequestOptions {
  /** Chunks that may wait for the reader. Above it the stream fails: nothing slows the server down. Default: 1,000. */
  readonly buffer?: number | undefined;
}

/**
 * A streamed result. Iterating gives the chunks in order, and throws the error of the request; leaving the loop cancels
 * it. A stream can be iterated once.
 */
export interface ResponseStream<Chunk = unknown, Result = unknown> extends AsyncIterable<Chunk> {
  /** What the method returns at the end. It need not be awaited. */
  readonly result: Promise<Result>;
  /** Ends the request on the server too. @param reason what `result` and the iteration reject with */
  cancel(reason?: unknown): void;
}

export function openStream(
  requests: Requests,
  method: string,
  params: unknown,
  options: StreamOptions = {},
): ResponseStream {
  let giveUp: ((reason: unknown) => void) | undefined;
  const cancel = (reason?: unknown): void => {
    giveUp?.(reason ?? failure('REQUEST_CANCELLED'));
    queue.end(reason);
  };
  const queue = createAsyncQueue<unknown>(options.buffer ?? 1_000, 'error', cancel);
  const onStart = (own: (reason: unknown) => void): void => void (giveUp = own);
  const result = requests.call({ ...options, method, params, onChunk: queue.push, onStart });
  result.then(() => queue.end(), queue.end);
  return { result, cancel, [Symbol.asyncIterator]: () => queue.iterator };
}
