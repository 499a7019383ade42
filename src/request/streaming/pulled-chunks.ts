import type { Socket } from '../../transport/index.js';

/** Pulls one chunk after another out of an async iterable, each when the socket has taken what came before. */
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
   * Resolves with what the iterator returned, or with `undefined` once it is stopped and has closed.
   * @throws what the iterator throws
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

  /** Takes nothing more and tells the iterator, at once: a generator that waits at a `yield` runs its `finally` blocks. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.closing = this.close();
    this.wake();
  }

  /** An iterator that has ended or thrown is not told to. */
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

  /** Lets the event loop turn where nothing waits: an iterator that never does would hold it. */
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
      // Its request is answered.
    }
  }
}
