import { KeyedLock } from './keyed-lock.js';
import { LockOrderError, type LockClaim } from './lock-order-error.js';

/** The levels of one lock order, with a keyed lock for each. */
export class LevelLocks {
  readonly #locks: readonly KeyedLock[];

  constructor(readonly levels: readonly string[]) {
    if (levels.length === 0) throw new TypeError('a lock order needs at least one level');
    if (new Set(levels).size < levels.length) throw new TypeError(`a lock order has a level twice: ${this.order}`);
    this.#locks = levels.map(() => new KeyedLock());
  }

  /** The levels in words: `connections → addresses → channels`. */
  get order(): string {
    return this.levels.join(' → ');
  }

  /** How many locks are held now, over all levels. */
  get size(): number {
    return this.#locks.reduce((total, lock) => total + lock.size, 0);
  }

  /** Takes the claim's keys one after the other: all of them or, when the signal aborts, none. */
  async lock(claim: LockClaim, signal: AbortSignal | undefined): Promise<readonly Disposable[]> {
    const lock = this.#lockOf(claim);
    const holds: Disposable[] = [];
    try {
      for (const key of claim.keys) holds.push(await lock.acquire(key, signal));
    } catch (reason) {
      releaseAll(holds);
      throw reason;
    }
    return holds;
  }

  /** Takes the claim's one key at once; `undefined` when somebody else holds it. */
  tryLock(claim: LockClaim & { readonly keys: readonly [string] }): readonly Disposable[] | undefined {
    const hold = this.#lockOf(claim).tryAcquire(claim.keys[0]);
    return hold === undefined ? undefined : [hold];
  }

  #lockOf(claim: LockClaim): KeyedLock {
    const lock = this.#locks[this.levels.indexOf(claim.level)];
    if (lock === undefined) throw new LockOrderError(`the levels are ${this.order}`, claim, []);
    return lock;
  }
}

export function releaseAll(holds: readonly Disposable[]): void {
  for (const hold of holds) hold[Symbol.dispose]();
}
