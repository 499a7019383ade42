/** Counts turns of the event loop until it is stopped. */
export class LoopCounter {
  turn = 0;
  private stopped = false;

  constructor() {
    setImmediate(this.count);
  }

  stop(): void {
    this.stopped = true;
  }

  private readonly count = (): void => {
    this.turn += 1;
    if (!this.stopped) setImmediate(this.count);
  };
}
