import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const NANOS_PER_MICRO = 1000;

/**
 * Measures the CPU time that another process spends from construction on, by the scheduler's own account of each of its
 * threads, in nanoseconds. `/proc/<pid>/stat`, which DevTools reads too, counts in steps of 10 ms. Linux alone.
 */
export class CpuClock {
  private readonly before: ReadonlyMap<string, number>;

  /** @param proc where the kernel tells about processes */
  constructor(
    private readonly pid: number,
    private readonly proc = '/proc',
  ) {
    this.before = this.threads();
  }

  /** @returns microseconds of the threads that still run, also of new ones */
  micros(): number {
    let nanos = 0;
    for (const [thread, spent] of this.threads()) nanos += spent - (this.before.get(thread) ?? 0);
    return nanos / NANOS_PER_MICRO;
  }

  private threads(): Map<string, number> {
    const spent = new Map<string, number>();
    const tasks = join(this.proc, `${this.pid}`, 'task');
    for (const thread of readdirSync(tasks)) {
      const nanos = nanosIn(join(tasks, thread, 'schedstat'));
      if (nanos !== undefined) spent.set(thread, nanos);
    }
    return spent;
  }
}

/** Undefined for a thread that has ended. */
function nanosIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'latin1').split(' ', 1)[0]);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
