import { type Observable, isObservable } from 'rxjs';

/** A result that is streamed. Anything else, including an array or a synchronous iterable, is one value. */
type Stream = Observable<unknown> | AsyncIterable<unknown>;

export function isStream(result: unknown): result is Stream {
  return isObservable(result) || isAsyncIterable(result);
}

function isAsyncIterable(result: unknown): result is AsyncIterable<unknown> {
  if (typeof result !== 'object' || result === null) return false;
  return typeof (result as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
}
