import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedLock } from './keyed-lock.js';

interface Flow {
  readonly key: string;
  /** Number of steps for which the flow holds the key. */
  readonly steps: number;
  readonly aborts: boolean;
}

const flow: fc.Arbitrary<Flow> = fc.record({
  key: fc.constantFrom('a', 'b'),
  steps: fc.nat({ max: 2 }),
  aborts: fc.boolean(),
});

/**
 * Runs the flows in an interleaving of the scheduler. Each flow asks for the key, holds it for some steps, and may be
 * aborted at any time.
 */
async function run(scheduler: fc.Scheduler, flows: readonly Flow[]) {
  const lock = new KeyedLock();
  const asked: number[] = [];
  const granted: number[] = [];
  const rejected: number[] = [];
  const holders = new Map<string, number>();
  const crowds: number[] = [];
  const step = (what: string): Promise<void> => scheduler.schedule(Promise.resolve(), what);

  const hold = async ({ key, steps }: Flow, id: number, signal: AbortSignal): Promise<void> => {
    await step(`${id} asks for ${key}`);
    asked.push(id);
    using granting = await lock.acquire(key, signal);
    void granting;
    granted.push(id);
    holders.set(key, (holders.get(key) ?? 0) + 1);
    crowds.push(holders.get(key) ?? 0);
    for (let left = steps; left > 0; left -= 1) await step(`${id} holds ${key}`);
    holders.set(key, (holders.get(key) ?? 0) - 1);
  };

  const ends = flows.map((each, id) => {
    const controller = new AbortController();
    if (each.aborts) void step(`abort ${id}`).then(() => controller.abort());
    return hold(each, id, controller.signal).catch(() => void rejected.push(id));
  });
  let ended = false;
  void Promise.all(ends).then(() => (ended = true));
  await scheduler.waitIdle();
  return { ended, lock, asked, granted, rejected, crowds };
}

const flows = fc.array(flow, { minLength: 2, maxLength: 6 });

describe('KeyedLock in any interleaving, with aborts', () => {
  it('lets one holder in at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), flows, async (scheduler, all) => {
        const { crowds } = await run(scheduler, all);
        expect(crowds.every((crowd) => crowd === 1)).toBe(true);
      }),
    );
  });

  it('grants a key in the order of requests, except to callers that aborted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), flows, async (scheduler, all) => {
        const { asked, granted, rejected } = await run(scheduler, all);
        for (const key of ['a', 'b']) {
          const ofKey = (id: number): boolean => all[id]?.key === key;
          expect(granted.filter(ofKey)).toEqual(asked.filter((id) => ofKey(id) && !rejected.includes(id)));
        }
      }),
    );
  });

  it('settles every call once, rejects only those aborted, and keeps nothing afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), flows, async (scheduler, all) => {
        const { ended, lock, granted, rejected } = await run(scheduler, all);
        expect(ended).toBe(true);
        expect([...granted, ...rejected].toSorted((a, b) => a - b)).toEqual([...all.keys()]);
        expect(rejected.every((id) => all[id]?.aborts)).toBe(true);
        expect(lock.size).toBe(0);
      }),
    );
  });
});
