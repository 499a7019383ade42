import * as fc from 'fast-check';

/** Interleavings tried for each invariant. */
const SCHEDULES = Number(process.env['RACE_SCHEDULES'] ?? 2000);
const MAX_ACTIONS = 10;

/**
 * Runs random actions in random interleavings, and judges what is left when all is quiet.
 * @param run starts each action as its own flow and returns once the scheduler has nothing left
 */
export function explorer<A, W>(
  action: fc.Arbitrary<A>,
  run: (scheduler: fc.Scheduler, actions: readonly A[]) => Promise<W>,
): (judge: (world: W) => void | Promise<void>) => Promise<void> {
  const actions = fc.array(action, { minLength: 2, maxLength: MAX_ACTIONS });
  return (judge) =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), actions, async (scheduler, steps) => {
        await judge(await run(scheduler, steps));
      }),
      { numRuns: SCHEDULES, endOnFailure: process.env['RACE_SCHEDULES_UNSHRUNK'] !== undefined },
    );
}

/** Lets every action begin when the scheduler says so, and returns when nothing is under way any more. */
export async function interleave<A extends { readonly do: string }>(
  scheduler: fc.Scheduler,
  actions: readonly A[],
  perform: (action: A) => void | Promise<void>,
): Promise<void> {
  const flows = actions.map(async (action) => {
    await scheduler.schedule(Promise.resolve(), action.do);
    await perform(action);
  });
  await scheduler.waitIdle();
  await Promise.all(flows);
}
