import { WaitQueue } from './wait-queue.js';

/**
 * An asynchronous lock per string key: one holder at a time, waiters served in the order they asked. A released lock is
 * handed straight to the next waiter, so a later caller cannot overtake it. A free key takes no memory.
 *
 * A holder that acquires the same key again waits for itself. Where several keys are held at once, use `OrderedLocks`.
 */
export class KeyedLock {
  /** Holds the keys that are locked. A key gets its queue when the first caller has to wait. */
  readonly #held = new Map<string, WaitQueue | undefined>();

  /** The number of keys held now. */
  get size(): number {
    return this.#held.size;
  }

  /**
   * Waits for the key and holds it until the result is disposed (`using hold = await lock.acquire(key)`); disposing it
   * twice has no effect. A free key is taken before this returns. There is no time limit: bound the wait with `signal`.
   *
   * @throws the signal's reason, when it aborts before the key was granted; the caller leaves the queue.
   */
  async acquire(key: string, signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    const free = this.tryAcquire(key);
    if (free !== undefined) return free;
    await this.#turn(key, signal);
    return new Hold(this.#release, key);
  }

  /** Takes the key without waiting; returns `undefined` if it is held. */
  tryAcquire(key: string): Disposable | undefined {
    if (this.#held.has(key)) return undefined;
    this.#held.set(key, undefined);
    return new Hold(this.#release, key);
  }

  #turn(key: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = this.#queueFor(key).join(() => {
        // The key is granted now, though the caller continues a microtask later. An abort in between comes too late.
        signal?.removeEventListener('abort', giveUp);
        resolve();
      });
      const giveUp = (): void => {
        waiter.leave();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #queueFor(key: string): WaitQueue {
    const queue = this.#held.get(key) ?? new WaitQueue();
    this.#held.set(key, queue);
    return queue;
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
