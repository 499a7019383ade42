/** Keys of one level, asked for or held together. */
export interface LockClaim {
  readonly level: string;
  readonly keys: readonly string[];
}

/**
 * Thrown when a lock is requested against the order of its `OrderedLocks`. That is a mistake in the calling code, never
 * an effect of load or timing. Nothing was locked, and locks that were held are still held.
 */
export class LockOrderError extends Error {
  override readonly name = 'LockOrderError';

  constructor(
    why: string,
    readonly asked: LockClaim,
    /** The locks that are held or waited for in the caller's chain (see `OrderedLocks`), outermost first. */
    readonly held: readonly LockClaim[],
  ) {
    const holding = held.length === 0 ? 'nothing' : held.map((claim) => describeClaim(claim)).join(' and ');
    super(`cannot lock ${describeClaim(asked)} while holding ${holding}: ${why}`);
  }
}

export function describeClaim({ level, keys }: LockClaim): string {
  return [level, keys.map((key) => JSON.stringify(key)).join(', ')].join(' ').trimEnd();
}
