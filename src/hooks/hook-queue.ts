import { setImmediate as nextTurn } from 'node:timers/promises';

/** Calls that may wait before the next message of the connection waits too. */
const MAX_WAITING = 64;

/**
 * The hook calls of one connection, run one after the other. They begin in a later turn than what they report, so that
 * the client has its answer by then.
 */
export class HookQueue {
  private readonly waiting: (() => Promise<void>)[] = [];
  private onRoom: (() => void) | undefined;
  private room: Promise<void> | undefined;
  /** Resolves when no call is left. */
  readonly done: Promise<void>;

  /**
   * @param first calls that never reject, as all of them
   * @param onDone is called in the turn in which no call is left
   */
  constructor(
    first: readonly (() => Promise<void>)[],
    private readonly onDone: () => void,
  ) {
    this.add(first);
    this.done = this.run();
  }

  /** Must not be called any more once `onDone` has been. */
  add(calls: readonly (() => Promise<void>)[]): void {
    this.waiting.push(...calls);
  }

  /** Resolves when fewer than the bound wait; `undefined` where that is so already. */
  whenRoom(): Promise<void> | undefined {
    if (this.waiting.length < MAX_WAITING) return undefined;
    this.room ??= new Promise((resolve) => {
      this.onRoom = resolve;
    });
    return this.room;
  }

  private async run(): Promise<void> {
    await nextTurn();
    for (let call = this.waiting.shift(); call !== undefined; call = this.waiting.shift()) {
      if (this.waiting.length < MAX_WAITING) this.makeRoom();
      await call();
    }
    this.onDone();
  }

  private makeRoom(): void {
    this.onRoom?.();
    this.onRoom = undefined;
    this.room = undefined;
  }
}
