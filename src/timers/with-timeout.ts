import { Deadline, type DeadlineWheel } from './timer-wheel.js';

/** Application code has not answered in time. */
export class OverdueError extends Error {
  override readonly name = 'OverdueError';
}

class TimeLimit extends Deadline {
  end: ((error: OverdueError) => void) | undefined;

  override fire(): void {
    this.end?.(new OverdueError());
  }
}

/** Waits for a promise for at most `ms`. @throws OverdueError after that */
export async function within<T>(wheel: DeadlineWheel, ms: number, awaited: PromiseLike<T>): Promise<T> {
  const limit = new TimeLimit();
  wheel.arm(limit, ms);
  try {
    return await new Promise<T>((resolve, reject) => {
      limit.end = reject;
      awaited.then(resolve, reject);
    });
  } finally {
    wheel.disarm(limit);
  }
}

/** Application code may answer at once: then there is nothing to wait for. */
export function isAwaitable<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && typeof (answer as { then?: unknown }).then === 'function';
}
