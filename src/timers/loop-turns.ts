import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Gives out turns of the event loop one at a time, first come first served, so that two long tasks never share a turn.
 */
export class LoopTurns {
  private last: Promise<void> = Promise.resolve();

  /** Resolves in a later turn, in which no other call resolves. */
  next(): Promise<void> {
    this.last = this.last.then(() => nextTurn());
    return this.last;
  }
}
