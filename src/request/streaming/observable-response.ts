import { EMPTY, Observable, Subject, type Subscriber, from, isObservable, takeUntil } from 'rxjs';
import type { RunningRequest } from '../run/running-request.js';
import { PulledChunks } from './pulled-chunks.js';
import { PushedChunks } from './pushed-chunks.js';
import { isStream } from './stream.js';

/**
 * A response made from an Observable. Nest's interceptors always turn the result into one. The request streams only if
 * the handler itself returned a stream; otherwise the last value is the single response.
 */
export class ObservableResponse {
  /** The output of the interceptors. Subscribing to it runs them and the handler. */
  results: Observable<unknown> = EMPTY;
  private readonly chunks: PushedChunks;
  private readonly stopped = new Subject<void>();
  private streams = false;
  /** The result of `success`. */
  private result: unknown = null;
  private pulling: Promise<void> | undefined;

  constructor(private readonly running: RunningRequest) {
    this.chunks = new PushedChunks(running);
  }

  /** Makes the response for an Observable of a method without interceptors. */
  static of(stream: Observable<unknown>, running: RunningRequest): ObservableResponse {
    const observed = new ObservableResponse(running);
    observed.results = from(stream);
    observed.streams = true;
    return observed;
  }

  /** Converts the handler's result for the interceptors, which then see a stream chunk by chunk. */
  enter(result: unknown): unknown {
    if (!isStream(result)) return result;
    this.streams = true;
    this.result = null;
    if (this.running.isOver) this.stop();
    return isObservable(result) ? result : this.pulled(result);
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
    const end = (answer: () => void): void => {
      chunks.end(() => {
        answer();
        done();
      });
    };
    this.results.pipe(takeUntil(this.stopped)).subscribe({
      next: (value) => this.next(value),
      error: (error) => end(() => running.fail(error)),
      complete: () => end(() => running.succeed(this.result)),
    });
  }

  private next(value: unknown): void {
    if (this.streams) this.chunks.add(value);
    else this.result = value;
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
      this.result = await chunks.run();
      subscriber.complete();
    } catch (error) {
      subscriber.error(error);
    }
  }
}
