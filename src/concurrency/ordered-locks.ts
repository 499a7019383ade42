import { Held } from './held.js';
import { LevelLocks } from './level-locks.js';
import { LockLink } from './lock-link.js';

/**
 * Keyed locks of several levels that can only be taken in the order of the levels, so that no two flows ever wait for
 * each other in a circle. The type of what is held allows later levels only; JavaScript callers meet the same rule as a
 * `LockOrderError`.
 *
 * ```ts
 * const locks = new OrderedLocks(['connections', 'addresses', 'channels']);
 *
 * await using connection = await locks.acquire('connections', id);
 * await using channel = await connection.acquire('channels', name);
 * ```
 *
 * `acquire` on the `OrderedLocks` itself begins a chain. A flow that holds something asks through what it holds: a second
 * chain begun inside the first one is outside the order, and nothing can refuse it.
 */
export class OrderedLocks<const Levels extends readonly [string, ...string[]]> {
  readonly #locks: LevelLocks;

  /** @param levels outermost first. @throws {TypeError} when a level is named twice, or none at all. */
  constructor(levels: Levels) {
    this.#locks = new LevelLocks(levels);
  }

  /** How many locks are held now, over all levels. */
  get size(): number {
    return this.#locks.size;
  }

  /**
   * Locks one key; a free one is taken before this returns, else callers are served in the order they asked. There is no
   * time limit: bound the wait with `signal`.
   *
   * @throws the signal's reason, when it aborts before the lock was granted.
   */
  acquire<Level extends Levels[number]>(level: Level, key: string, signal?: AbortSignal): Promise<Held<Levels, Level>> {
    return this.acquireAll(level, [key], signal);
  }

  /** Locks one key at once; `undefined` when somebody else holds it. Costs no promise. */
  tryAcquire<Level extends Levels[number]>(level: Level, key: string): Held<Levels, Level> | undefined {
    const link = LockLink.tryFirst(this.#locks, level, key);
    return link && new Held(link);
  }

  /**
   * Locks several keys of one level, in sorted order and each once, so that two callers with overlapping keys cannot
   * deadlock. All are held or, when this throws like {@link acquire}, none.
   */
  async acquireAll<Level extends Levels[number]>(
    level: Level,
    keys: Iterable<string>,
    signal?: AbortSignal,
  ): Promise<Held<Levels, Level>> {
    return new Held(await LockLink.first(this.#locks, { level, keys: [...keys] }, signal));
  }
}
