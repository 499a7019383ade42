import { ManualClock } from './manual-clock.js';

interface Deadline {
  readonly due: number;
  readonly act: () => void;
}

/** Time that only a test lets pass: a clock, and deadlines by it. */
export class SimulatedTime extends ManualClock {
  private readonly deadlines = new Set<Deadline>();
  /** Called whenever time has passed. */
  onPassed: (() => void) | undefined;

  /** @returns how to call it off */
  after(ms: number, act: () => void): () => void {
    const deadline = { due: this.elapsed() + ms, act };
    this.deadlines.add(deadline);
    return () => void this.deadlines.delete(deadline);
  }

  override advance(ms: number): void {
    super.advance(ms);
    const due = [...this.deadlines].filter((deadline) => deadline.due <= this.elapsed());
    for (const deadline of due.toSorted((one, other) => one.due - other.due)) {
      if (this.deadlines.delete(deadline)) deadline.act();
    }
    this.onPassed?.();
  }
}
