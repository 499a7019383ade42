import {
  EMPTY,
  Observable,
  Subject,
  type Subscriber,
  concat,
  defer,
  filter,
  from,
  isObservable,
  mergeMap,
  of,
  takeUntil,
} from 'rxjs';
import type { RunningRequest } from '../run/running-request.js';
import { PulledChunks } from './pulled-chunks.js';
import { PushedChunks } from './pushed-chunks.js';
import { isStream } from './stream.js';

/** Resolves with the serialized result, or with an Observable of it. */
type Serialize = (result: unknown) => Promise<unknown>;

/**
 * A response made from an Observable. Nest's interceptors always turn the result into one. The request streams only if
 * the handler itself returned a stream; otherwise the last value is the single response. The chunks of a stream leave the
 * Observable where {@link whole} stands; what goes on is the result of `success`.
 */
export class ObservableResponse {
  /** The output of the interceptors. Subscribing to it runs them and the handler. */
  results: Observable<unknown> = EMPTY;
  private readonly chunks: PushedChunks;
  private readonly stopped = new Subject<void>();
  private streams = false;
  /** The value that a generator returned. */
  private returned: unknown = null;
  /** The result of `success`. */
  private result: unknown = null;
  private pulling: Promise<void> | undefined;

  constructor(
    private readonly running: RunningRequest,
    private readonly serialize: Serialize = (result) => Promise.resolve(result),
  ) {
    this.chunks = new PushedChunks(running);
  }

  /** Makes the response for an Observable of a method without interceptors. */
  static of(stream: Observable<unknown>, running: RunningRequest): ObservableResponse {
    const observed = new ObservableResponse(running);
    observed.streams = true;
    observed.results = observed.whole(running.observedWithin(from(stream))) as Observable<unknown>;
    return observed;
  }

  /** Converts the handler's result for the interceptors, which then see a stream chunk by chunk. */
  enter(result: unknown): unknown {
    if (!isStream(result)) return result;
    this.streams = true;
    this.returned = null;
    if (this.running.isOver) this.stop();
    return isObservable(result) ? this.running.observedWithin(result) : this.pulled(result);
  }

  /** Of a stream, sends the chunks, and passes on one value at the end: the result. Anything else is passed on as it is. */
  whole(results: unknown): unknown {
    if (!isObservable(results)) return results;
    return concat(
      from(results).pipe(filter((value) => !this.takeChunk(value))),
      defer(() => (this.streams ? this.serialized() : EMPTY)),
    );
  }

  /** Answers the request. Resolves when no work of the method is left running. */
  async answer(): Promise<void> {
    if (this.running.isOver) return;
    await new Promise<void>((resolve) => this.observe(resolve));
    await this.pulling;
  }

  private observe(done: () => void): void {
    const { running, chunks } = this;
    // The end of the request ends a stream, but not a plain method, which runs to its end.
    running.whenOver(() => {
      if (!this.streams) return;
      done();
      this.stop();
    });
    this.results.pipe(takeUntil(this.stopped)).subscribe({
      next: (value) => (this.result = value),
      error: (error) => chunks.end(() => void this.fail(error, done)),
      complete: () =>
        chunks.end(() => {
          running.succeed(this.result);
          done();
        }),
    });
  }

  private async fail(error: unknown, done: () => void): Promise<void> {
    await this.running.failByFilters(error);
    done();
  }

  private takeChunk(value: unknown): boolean {
    if (this.streams) this.chunks.add(value);
    return this.streams;
  }

  private serialized(): Observable<unknown> {
    return from(this.serialize(this.returned)).pipe(
      mergeMap((result) => (isObservable(result) ? from(result) : of(result))),
    );
  }

  /** Also stops a source that is still inside its `subscribe`, when there is no subscription to unsubscribe yet. */
  private stop(): void {
    this.chunks.clear();
    this.stopped.next();
  }

  private pulled(source: AsyncIterable<unknown>): Observable<unknown> {
    return new Observable((subscriber) => {
      const { socket } = this.running.connection;
      const chunks = new PulledChunks(source, socket, (chunk) => subscriber.next(chunk));
      this.pulling = this.pull(chunks, subscriber);
      return () => chunks.stop();
    });
  }

  private async pull(chunks: PulledChunks, subscriber: Subscriber<unknown>): Promise<void> {
    try {
      this.returned = (await chunks.run()) ?? null;
      subscriber.complete();
    } catch (error) {
      subscriber.error(error);
    }
  }
}
