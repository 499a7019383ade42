import { Timer, type TimerWheel } from './timer-wheel.js';

/** Thrown when a promise did not settle in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';

  constructor(ms: number) {
    super(`It was not done within ${ms} ms.`);
  }
}

class TimeLimit extends Timer {
  end: ((error: TimeoutError) => void) | undefined;

  constructor(private readonly ms: number) {
    super();
  }

  override fire(): void {
    this.end?.(new TimeoutError(this.ms));
  }
}

/** Waits for a promise for at most `ms`. @throws TimeoutError after that */
export async function withTimeout<T>(wheel: TimerWheel, ms: number, awaited: PromiseLike<T>): Promise<T> {
  const limit = new TimeLimit(ms);
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

/** True if application code returned a promise. Any other value can be used at once, without an await. */
export function isPromiseLike<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && typeof (answer as { then?: unknown }).then === 'function';
}
