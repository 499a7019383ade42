import type { Clock } from '../../../libs/client/src/index.js';

interface Deadline {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/** The clock of a client, which only a test lets pass: timers run in the order of their time. */
export class FakeClock implements Clock {
  private readonly deadlines = new Set<Deadline>();
  private time = 1_700_000_000_000;
  private order = 0;

  now(): number {
    return this.time;
  }

  setTimeout(run: () => void, ms: number): unknown {
    const deadline = { due: this.time + Math.max(0, ms), order: (this.order += 1), run };
    this.deadlines.add(deadline);
    return deadline;
  }

  clearTimeout(timer: unknown): void {
    this.deadlines.delete(timer as Deadline);
  }

  get timers(): number {
    return this.deadlines.size;
  }

  /** Lets time pass; what promises do at a timer is done before the next timer. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (let next = this.next(end); next; next = this.next(end)) {
      this.time = Math.max(this.time, next.due);
      this.deadlines.delete(next);
      next.run();
      await settled();
    }
    this.time = end;
    await settled();
  }

  /** Time passes and no timer runs, as while a computer sleeps. */
  sleep(ms: number): void {
    this.time += ms;
  }

  private next(end: number): Deadline | undefined {
    let first: Deadline | undefined;
    for (const each of this.deadlines) {
      if (each.due <= end && (!first || each.due < first.due || (each.due === first.due && each.order < first.order))) {
        first = each;
      }
    }
    return first;
  }
}

/** All that promises do by themselves has been done. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
