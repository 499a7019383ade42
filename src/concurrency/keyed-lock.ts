import { WaitingLine } from './waiting-line.js';

/**
 * An asynchronous lock per string key: one holder at a time, waiters served in the order they asked. A released lock is
 * handed straight to the next waiter, so a later caller cannot overtake. A key without holder takes no memory.
 *
 * A holder that acquires the same key again waits for itself. Where several keys are held at once, use `OrderedLocks`.
 */
export class KeyedLock {
  /** A key is present while it is held; its line exists from the first time somebody had to wait. */
  readonly #held = new Map<string, WaitingLine | undefined>();

  /** How many keys are held now. */
  get size(): number {
    return this.#held.size;
  }

  /**
   * Waits for the key and holds it until the result is disposed (`using hold = await lock.acquire(key)`); disposing twice
   * is harmless. A free key is taken before this returns. There is no time limit: bound the wait with `signal`.
   *
   * @throws the signal's reason, when it aborts before the key was granted; the place in the line is given up.
   */
  async acquire(key: string, signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    const free = this.tryAcquire(key);
    if (free !== undefined) return free;
    await this.#turn(key, signal);
    return new Hold(this.#release, key);
  }

  /** Holds the key at once; `undefined` when somebody else holds it. */
  tryAcquire(key: string): Disposable | undefined {
    if (this.#held.has(key)) return undefined;
    this.#held.set(key, undefined);
    return new Hold(this.#release, key);
  }

  #turn(key: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const place = this.#lineFor(key).join(() => {
        // From here the key is this caller's, though it runs a microtask later: an abort in between comes too late.
        signal?.removeEventListener('abort', giveUp);
        resolve();
      });
      const giveUp = (): void => {
        place.leave();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #lineFor(key: string): WaitingLine {
    const line = this.#held.get(key) ?? new WaitingLine();
    this.#held.set(key, line);
    return line;
  }

  readonly #release = (key: string): void => {
    const handedOn = this.#held.get(key)?.callNext() ?? false;
    if (!handedOn) this.#held.delete(key);
  };
}

class Hold implements Disposable {
  #release: ((key: string) => void) | undefined;
  readonly #key: string;

  constructor(release: (key: string) => void, key: string) {
    this.#release = release;
    this.#key = key;
  }

  [Symbol.dispose](): void {
    this.#release?.(this.#key);
    this.#release = undefined;
  }
}
