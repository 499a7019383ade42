import type { QuestionSignal } from '../backplane/index.js';

/** Withdraws a question. An `AbortController` would do the same, and cost 4 µs, as much as all the rest of a question. */
export class Withdrawal implements QuestionSignal {
  private readonly listeners = new Set<() => void>();
  private isAborted = false;

  get aborted(): boolean {
    return this.isAborted;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }

  abort(): void {
    this.isAborted = true;
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }
}
