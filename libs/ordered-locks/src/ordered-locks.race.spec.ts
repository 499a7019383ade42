import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedLock } from './keyed-lock.js';
import { OrderedLocks } from './ordered-locks.js';

const LEVELS = ['connections', 'addresses', 'channels'] as const;

/** For each level, the keys a flow locks there; an empty list skips the level. */
interface Flow {
  readonly keys: readonly (readonly string[])[];
  /** True if the outer links are released before the inner ones. */
  readonly outerFirst: boolean;
  readonly aborts: boolean;
}

const keysOfOneLevel = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 });
const flow: fc.Arbitrary<Flow> = fc.record({
  keys: fc.tuple(keysOfOneLevel, keysOfOneLevel, keysOfOneLevel),
  outerFirst: fc.boolean(),
  aborts: fc.boolean(),
});
const flows = fc.array(flow, { minLength: 2, maxLength: 5 });

type Step = (what: string) => Promise<void>;

/** Runs one body per flow in an interleaving of the scheduler; returns `false` if some flows never end. */
async function allEnd(scheduler: fc.Scheduler, bodies: readonly ((step: Step) => Promise<void>)[]): Promise<boolean> {
  let ended = false;
  const step: Step = (what) => scheduler.schedule(Promise.resolve(), what);
  void Promise.all(bodies.map((body) => body(step))).then(() => (ended = true));
  await scheduler.waitIdle();
  return ended;
}

/** Counts the holders of each lock and notes any lock that two hold at once. */
class Crowd {
  readonly shared: string[] = [];
  readonly #inside = new Set<string>();

  enter(level: string, keys: readonly string[]): void {
    for (const name of this.#names(level, keys)) {
      if (this.#inside.has(name)) this.shared.push(name);
      this.#inside.add(name);
    }
  }

  leave(level: string, keys: readonly string[]): void {
    for (const name of this.#names(level, keys)) this.#inside.delete(name);
  }

  #names(level: string, keys: readonly string[]): string[] {
    return [...new Set(keys)].map((key) => `${level} ${key}`);
  }
}

/** The common part of `OrderedLocks` and `LockHandle`, without their types, so that a loop can walk over the levels. */
interface Asked extends Partial<Disposable> {
  acquireAll(level: string, keys: readonly string[], signal?: AbortSignal): Promise<Asked & Disposable>;
}

async function walk(from: Asked, { keys, outerFirst }: Flow, signal: AbortSignal, crowd: Crowd, step: Step) {
  const leave: (() => void)[] = [];
  try {
    let at = from;
    for (const [rank, level] of LEVELS.entries()) {
      const wanted = keys[rank] ?? [];
      if (wanted.length === 0) continue;
      await step(`ask for ${level} ${wanted.join()}`);
      const held = await at.acquireAll(level, wanted, signal);
      crowd.enter(level, wanted);
      leave.push(() => {
        crowd.leave(level, wanted);
        held[Symbol.dispose]();
      });
      at = held;
    }
    await step('hold all');
  } finally {
    for (const each of outerFirst ? leave : leave.toReversed()) each();
  }
}

describe('OrderedLocks in any interleaving, with aborts', () => {
  it('never deadlocks, never grants one lock to two holders, and keeps nothing afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), flows, async (scheduler, all) => {
        const locks = new OrderedLocks(LEVELS);
        const crowd = new Crowd();
        const bodies = all.map((each) => async (step: Step) => {
          const controller = new AbortController();
          if (each.aborts) void step('abort').then(() => controller.abort());
          await walk(locks as Asked, each, controller.signal, crowd, step).catch((reason: unknown) => {
            if (!controller.signal.aborted) throw reason;
          });
        });
        expect(await allEnd(scheduler, bodies)).toBe(true);
        expect(crowd.shared).toEqual([]);
        expect(locks.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the deadlock check of this spec', () => {
  it('finds the deadlock of two flows that take two locks in opposite order', async () => {
    const { failed } = await fc.check(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const lock = new KeyedLock();
        const bodies = [
          ['a', 'b'],
          ['b', 'a'],
        ].map(([first = '', second = '']) => async (step: Step) => {
          await step(`ask for ${first}`);
          using outer = await lock.acquire(first);
          await step(`ask for ${second}`);
          using inner = await lock.acquire(second);
          void [outer, inner];
        });
        return allEnd(scheduler, bodies);
      }),
    );
    expect(failed).toBe(true);
  });
});
