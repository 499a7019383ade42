import { KeyedLock } from './keyed-lock.js';
import { type LockClaim, LockOrderError, describeClaim } from './lock-order-error.js';

/**
 * Keyed locks of several levels that can only be taken in the order of the levels, which prevents deadlocks between
 * flows. The type of a held lock allows later levels only. JavaScript callers get a `LockOrderError` at run time
 * instead.
 *
 * ```ts
 * const locks = new OrderedLocks(['connections', 'addresses', 'channels']);
 *
 * await using connection = await locks.acquire('connections', id);
 * await using channel = await connection.acquire('channels', name);
 * ```
 *
 * A _chain_ is the nested locks of one flow. `acquire` on the `OrderedLocks` begins a chain, and `acquire` on a handle
 * extends it. A flow that holds a lock must extend its chain: a second chain is outside the order, and cannot be
 * detected.
 */
export class OrderedLocks<const Levels extends readonly [string, ...string[]]> {
  readonly #locks: LevelLocks;

  /** @param levels outermost first. @throws {TypeError} when a level is named twice, or none at all. */
  constructor(levels: Levels) {
    this.#locks = new LevelLocks(levels);
  }

  /** The number of locks held now, over all levels. */
  get size(): number {
    return this.#locks.size;
  }

  /**
   * Locks one key. A free key is taken before this returns; otherwise callers are served in the order in which they
   * asked. There is no time limit: bound the wait with `signal`.
   *
   * @throws the signal's reason, when it aborts before the lock was granted.
   */
  acquire<Level extends Levels[number]>(
    level: Level,
    key: string,
    signal?: AbortSignal,
  ): Promise<LockHandle<Levels, Level>> {
    return this.acquireAll(level, [key], signal);
  }

  /** Locks one key without waiting and without a promise; returns `undefined` if the key is held. */
  tryAcquire<Level extends Levels[number]>(level: Level, key: string): LockHandle<Levels, Level> | undefined {
    const link = LockLink.tryFirst(this.#locks, level, key);
    return link && new LockHandle(link);
  }

  /**
   * Locks several keys of one level, in sorted order and each once, so that two callers with overlapping keys cannot
   * deadlock. All keys are held or, if this throws like {@link acquire}, none.
   */
  async acquireAll<Level extends Levels[number]>(
    level: Level,
    keys: Iterable<string>,
    signal?: AbortSignal,
  ): Promise<LockHandle<Levels, Level>> {
    return new LockHandle(await LockLink.first(this.#locks, { level, keys: [...keys] }, signal));
  }
}

/** The levels of `Levels` that come after `Level`. If `Level` is a union, the levels after the last of its members. */
export type LevelAfter<Levels extends readonly string[], Level extends string> = Levels extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? First extends Level
    ? [Extract<Rest[number], Level>] extends [never]
      ? Rest[number]
      : LevelAfter<Rest, Level>
    : LevelAfter<Rest, Level>
  : never;

/**
 * Holds locks of one level until it is disposed: by `await using`, by `using`, or by a call. Disposing it twice has no
 * effect.
 *
 * A handle acquires locks of later levels only. An acquire waits for its turn without a time limit unless `signal`
 * aborts it. While locks acquired through a handle are held or waited for, ask the innermost handle instead. Disposing
 * an outer handle first frees its own keys alone: locks acquired through it stay held and keep their position in the
 * order.
 */
export class LockHandle<in out Levels extends readonly string[], in out Level extends string>
  implements Disposable, AsyncDisposable
{
  readonly #link: LockLink;

  constructor(link: LockLink) {
    this.#link = link;
  }

  /**
   * Locks one key of a later level.
   *
   * @throws {LockOrderError} for a level that is not later, or if this handle is released or not the innermost of its
   * chain.
   * @throws the signal's reason, when it aborts before the lock was granted.
   */
  acquire<Next extends LevelAfter<Levels, Level>>(
    level: Next,
    key: string,
    signal?: AbortSignal,
  ): Promise<LockHandle<Levels, Next>> {
    return this.acquireAll(level, [key], signal);
  }

  /** Locks several keys of a later level, in sorted order and each once; throws like {@link acquire}. */
  async acquireAll<Next extends LevelAfter<Levels, Level>>(
    level: Next,
    keys: Iterable<string>,
    signal?: AbortSignal,
  ): Promise<LockHandle<Levels, Next>> {
    return new LockHandle(await this.#link.next({ level, keys: [...keys] }, signal));
  }

  [Symbol.dispose](): void {
    this.#link.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#link.release();
    return Promise.resolve();
  }
}

/**
 * A link of a chain, the run-time half of a {@link LockHandle}: the keys of one level, and the links acquired before
 * and after them. Levels rise from the outermost link to the innermost, and only the innermost may acquire more.
 */
class LockLink {
  readonly #locks: LevelLocks;
  readonly #claim: LockClaim;
  #outer: LockLink | undefined;
  #inner: LockLink | undefined;
  #holds: readonly Disposable[] = [];
  #released = false;

  private constructor(locks: LevelLocks, claim: LockClaim, outer: LockLink | undefined) {
    this.#locks = locks;
    this.#claim = claim;
    this.#outer = outer;
  }

  /** Begins a new chain: locks the keys of its first link. */
  static first(locks: LevelLocks, asked: LockClaim, signal: AbortSignal | undefined): Promise<LockLink> {
    return LockLink.#lock(locks, asked, signal);
  }

  /** Begins a new chain without waiting; returns `undefined` if the key is held, even by the same flow. */
  static tryFirst(locks: LevelLocks, level: string, key: string): LockLink | undefined {
    const claim = { level, keys: [key] as const };
    const holds = locks.tryLock(claim);
    if (holds === undefined) return undefined;
    const link = new LockLink(locks, claim, undefined);
    link.#holds = holds;
    return link;
  }

  /**
   * @throws {LockOrderError} unless this is the innermost link of its chain, is not released, and `asked` is of a later
   * level.
   */
  async next(asked: LockClaim, signal: AbortSignal | undefined): Promise<LockLink> {
    const refuse = (why: string): never => {
      throw new LockOrderError(why, asked, this.#chain());
    };
    const { levels, order } = this.#locks;
    if (this.#released) refuse(`${describeClaim(this.#claim)}, through which it was asked, is released`);
    if (this.#inner) refuse(`ask through ${describeClaim(this.#inner.#claim)}, or release it first`);
    if (levels.indexOf(asked.level) <= levels.indexOf(this.#claim.level)) refuse(`the order is ${order}`);
    return LockLink.#lock(this.#locks, asked, signal, this);
  }

  static async #lock(
    locks: LevelLocks,
    asked: LockClaim,
    signal: AbortSignal | undefined,
    outer?: LockLink,
  ): Promise<LockLink> {
    const claim = { level: asked.level, keys: [...new Set(asked.keys)].toSorted() };
    const link = new LockLink(locks, claim, outer);
    // Linked before the wait, so that the chain cannot begin a second wait: two waits can deadlock like two holds.
    if (outer) outer.#inner = link;
    try {
      link.#holds = await locks.lock(claim, signal);
    } catch (reason) {
      link.release();
      throw reason;
    }
    return link;
  }

  /**
   * Frees this link's keys and takes the link out of its chain; the links inside it stay held. A second call has no
   * effect.
   */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.#outer) this.#outer.#inner = this.#inner;
    if (this.#inner) this.#inner.#outer = this.#outer;
    releaseAll(this.#holds);
  }

  /** The claims of the whole chain, from the outermost link to the innermost. */
  #chain(): LockClaim[] {
    const claims: LockClaim[] = this.#released ? [] : [this.#claim];
    for (let link = this.#outer; link; link = link.#outer) claims.unshift(link.#claim);
    for (let link = this.#inner; link; link = link.#inner) claims.push(link.#claim);
    return claims;
  }
}

/** The levels of one lock order, with a keyed lock for each. */
class LevelLocks {
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

  /** The number of locks held now, over all levels. */
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

  /** Takes the claim's one key without waiting; returns `undefined` if it is held. */
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

function releaseAll(holds: readonly Disposable[]): void {
  for (const hold of holds) hold[Symbol.dispose]();
}
