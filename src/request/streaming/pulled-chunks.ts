import type { Socket } from '../../transport/index.js';

/** Pulls chunks from an async iterable with backpressure: the next one when the socket has drained the previous one. */
export class PulledChunks {
  private readonly iterator: AsyncIterator<unknown>;
  private isStopped = false;
  private closing: Promise<void> | undefined;
  private wake = (): void => {};

  constructor(
    source: AsyncIterable<unknown>,
    private readonly socket: Pick<Socket, 'whenDrained'>,
    private readonly take: (chunk: unknown) => void,
  ) {
    this.iterator = source[Symbol.asyncIterator]();
  }

  /**
   * Resolves with the iterator's return value, or with `undefined` once it has been stopped and closed.
   * @throws any error of the iterator
   */
  async run(): Promise<unknown> {
    while (!this.isStopped) {
      const step = await this.next();
      if (step.done) return step.value;
      if (!this.isStopped) this.take(step.value);
      if (!this.isStopped) await this.drained();
    }
    await this.closing;
    return undefined;
  }

  /** Stops pulling and calls `return()` at once, so that a generator waiting at a `yield` runs its `finally` blocks. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.closing = this.close();
    this.wake();
  }

  /** Marks an iterator that has ended or thrown as stopped, so that its `return()` is not called. */
  private async next(): Promise<IteratorResult<unknown>> {
    try {
      const step = await this.iterator.next();
      if (step.done) this.isStopped = true;
      return step;
    } catch (error) {
      this.isStopped = true;
      throw error;
    }
  }

  /** Yields to the event loop even if nothing waits: an iterator that never awaits would otherwise block it. */
  private drained(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      const drained = this.socket.whenDrained();
      if (drained === undefined) setImmediate(resolve);
      else void drained.then(resolve);
    });
  }

  private async close(): Promise<void> {
    try {
      await this.iterator.return?.();
    } catch {
      // The request has been answered already.
    }
  }
}
