import { releaseAll, type LevelLocks } from './level-locks.js';
import { LockOrderError, describeClaim, type LockClaim } from './lock-order-error.js';

/**
 * Keys of one level held together, and their place in the chain of what was acquired one through the other: levels rise
 * from the outermost link to the innermost, and only the innermost may lock more. This is the run-time half of `Held`.
 */
export class LockLink {
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

  /** Locks the first link of a new chain. */
  static first(locks: LevelLocks, asked: LockClaim, signal: AbortSignal | undefined): Promise<LockLink> {
    return LockLink.#lock(locks, asked, signal);
  }

  /** Locks the first link of a new chain at once; `undefined` when somebody else holds the key. */
  static tryFirst(locks: LevelLocks, level: string, key: string): LockLink | undefined {
    const claim = { level, keys: [key] as const };
    const holds = locks.tryLock(claim);
    if (holds === undefined) return undefined;
    const link = new LockLink(locks, claim, undefined);
    link.#holds = holds;
    return link;
  }

  /** @throws {LockOrderError} unless this is the innermost link of its chain and `asked` is of a later level. */
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
    // Linked before it waits: two waits of one chain can deadlock like two holds.
    if (outer) outer.#inner = link;
    try {
      link.#holds = await locks.lock(claim, signal);
    } catch (reason) {
      link.release();
      throw reason;
    }
    return link;
  }

  /** Frees this link's keys and takes it out of the chain; the links inside it stay held. Twice is harmless. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.#outer) this.#outer.#inner = this.#inner;
    if (this.#inner) this.#inner.#outer = this.#outer;
    releaseAll(this.#holds);
  }

  /** The claims from the outermost link to the innermost. */
  #chain(): LockClaim[] {
    const claims: LockClaim[] = this.#released ? [] : [this.#claim];
    for (let link = this.#outer; link; link = link.#outer) claims.unshift(link.#claim);
    for (let link = this.#inner; link; link = link.#inner) claims.push(link.#claim);
    return claims;
  }
}
