import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Turns of the event loop, given out one at a time in the order of asking: what takes long never does so twice in one.
 */
export class LoopTurns {
  private last: Promise<void> = Promise.resolve();

  /** Resolves in a later turn, in which nobody else's does. */
  next(): Promise<void> {
    this.last = this.last.then(() => nextTurn());
    return this.last;
  }
}
