import * as fc from 'fast-check';

/** Interleavings tried for each invariant. */
const SCHEDULES = Number(process.env['RACE_SCHEDULES'] ?? 2000);
const MAX_ACTIONS = 12;

/**
 * Runs random actions in random interleavings, and judges what is left when all is quiet.
 * @param run starts each action as its own flow and returns once the scheduler has nothing left
 * @param dispose frees what a world holds
 * @param setting something else that differs from run to run
 */
export function explorer<A, W, S = undefined>(
  action: fc.Arbitrary<A>,
  run: (scheduler: fc.Scheduler, actions: readonly A[], setting: S) => Promise<W>,
  dispose: (world: W) => void | Promise<void> = () => {},
  setting: fc.Arbitrary<S> = fc.constant(undefined as S),
): (judge: (world: W) => void | Promise<void>) => Promise<void> {
  const actions = fc.array(action, { minLength: 2, maxLength: MAX_ACTIONS });
  return (judge) =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), actions, setting, async (scheduler, steps, chosen) => {
        const world = await run(scheduler, steps, chosen);
        await judge(world);
        await dispose(world);
      }),
      { numRuns: SCHEDULES, endOnFailure: process.env['UNSHRUNK'] !== undefined },
    );
}

/**
 * Lets every action begin when the scheduler says so, and returns when nothing is under way any more.
 * @param inTurnOf actions for which it gives the same value follow one another, in their order; `undefined`: on its own
 */
export async function interleave<A extends { readonly do: string }>(
  scheduler: fc.Scheduler,
  actions: readonly A[],
  perform: (action: A) => void | Promise<void>,
  inTurnOf: (action: A) => unknown = () => undefined,
): Promise<void> {
  const last = new Map<unknown, Promise<void>>();
  const flows = actions.map((action) => {
    const turn = inTurnOf(action);
    const flow = after(turn === undefined ? undefined : last.get(turn), async () => {
      await scheduler.schedule(Promise.resolve(), action.do);
      await perform(action);
    });
    last.set(turn, flow);
    return flow;
  });
  await scheduler.waitIdle();
  await Promise.all(flows);
}

async function after(former: Promise<void> | undefined, act: () => Promise<void>): Promise<void> {
  await former;
  await act();
}
