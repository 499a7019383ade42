import type { LockLink } from './lock-link.js';

/** The levels of `Levels` that come after `Level`; for a union, those after the last of its members. */
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
 * Locks of one level, held until disposed: by `await using`, by `using`, or by a call. Disposing twice is harmless.
 *
 * More is locked through it, and only of the levels after its own. Each acquire waits for its turn without a time limit
 * unless `signal` aborts it. While something acquired through it is held or waited for, that innermost one must be asked
 * instead. Disposing an outer one first frees its own keys and nothing else: what was acquired through it stays held and
 * keeps its place in the order.
 */
export class Held<in out Levels extends readonly string[], in out Level extends string>
  implements Disposable, AsyncDisposable
{
  readonly #link: LockLink;

  constructor(link: LockLink) {
    this.#link = link;
  }

  /**
   * Locks one key of a later level.
   *
   * @throws {LockOrderError} for a level that is not later, or when this is released or not the innermost.
   * @throws the signal's reason, when it aborts before the lock was granted.
   */
  acquire<Next extends LevelAfter<Levels, Level>>(
    level: Next,
    key: string,
    signal?: AbortSignal,
  ): Promise<Held<Levels, Next>> {
    return this.acquireAll(level, [key], signal);
  }

  /** Locks several keys of a later level, in sorted order and each once; throws like {@link acquire}. */
  async acquireAll<Next extends LevelAfter<Levels, Level>>(
    level: Next,
    keys: Iterable<string>,
    signal?: AbortSignal,
  ): Promise<Held<Levels, Next>> {
    return new Held(await this.#link.next({ level, keys: [...keys] }, signal));
  }

  [Symbol.dispose](): void {
    this.#link.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#link.release();
    return Promise.resolve();
  }
}
