import { type Timer, TimerWheel } from '../../src/timers/index.js';

/** Deadlines that pass when the test says so. */
export class ManualTimerWheel extends TimerWheel {
  private readonly deadlines = new Set<Timer>();

  override get size(): number {
    return this.deadlines.size;
  }

  override arm(deadline: Timer): void {
    this.deadlines.delete(deadline);
    this.deadlines.add(deadline);
  }

  override disarm(deadline: Timer): void {
    this.deadlines.delete(deadline);
  }

  /** Time has passed: everything armed until now is due. */
  passTime(): void {
    const due = [...this.deadlines];
    for (const deadline of due) if (this.deadlines.delete(deadline)) deadline.fire(0);
  }
}
