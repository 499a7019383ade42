import type { DeadlineWheel } from '../transport/index.js';

/** What an application's code did not do in time. */
export class OverdueError extends Error {
  override readonly name = 'OverdueError';
}

/** The result of `work`, or an {@link OverdueError} after `ms`; a synchronous throw becomes a rejection. */
export function within<T>(wheel: DeadlineWheel, ms: number, work: () => T | Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const deadline = wheel.after(ms, () => reject(new OverdueError()));
    const settle = (conclude: () => void): void => {
      wheel.disarm(deadline);
      conclude();
    };
    new Promise<T>((start) => start(work())).then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
