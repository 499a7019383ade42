import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryBackplane } from '../../src/backplane/index.js';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';
import { ScheduledBackplane } from './scheduled-backplane.js';

const EVENTS = 9;
const OPTIONS = { channels: { kept: { history: { size: 20, ttl: 600_000 } } } };

const who = fc.nat({ max: 1 });
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ack' as const), who, offset: fc.nat({ max: EVENTS }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('come back' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pause' as const), who }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

/** Two connections of one user, subscribed to a channel that has nine events. */
async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const memory = new MemoryBackplane(1_048_576);
  const backplane = new ScheduledBackplane(memory, scheduler, 0);
  const wheel = new ManualTimerWheel();
  const rig = serviceRig(OPTIONS, undefined, { backplane, wheel });
  const clients = [rig.connect('ann'), rig.connect('ann')];
  const ready = Promise.all(clients.map(({ connection }) => rig.subscriptions.subscribe(connection.id, ['kept'])));
  const published = rig.subscriptions.broadcastMany(
    Array.from({ length: EVENTS }, (_, data) => ({ channel: 'kept', data })),
  );
  await scheduler.waitFor(Promise.all([ready, published]));
  const world = { rig, memory, backplane, furthest: -1, early: [] as number[] };
  await interleave(scheduler, actions, async (step) => {
    const client = clients[step.who];
    if (step.do === 'pause') return wheel.passTime();
    if (client === undefined || client.connection.isClosed) return;
    if (step.do === 'close') client.socket.close(1000);
    else if (step.do === 'ack') {
      void rig.acknowledgements.take(client.connection, 'kept', step.offset);
      world.furthest = Math.max(world.furthest, step.offset);
    } else {
      const { furthest } = world;
      const found = await rig.acknowledgements.find(client.connection, 'kept');
      if ((found?.offset ?? -1) < furthest) world.early.push(furthest);
    }
  });
  await scheduler.waitIdle();
  await scheduler.waitFor(rig.acknowledgements.flush());
  return world;
}

const holds = explorer(action, run, ({ backplane }) => backplane.detach());

describe('acknowledged positions in any interleaving with closes and returns', { timeout: 120_000 }, () => {
  it('are stored up to the highest one accepted, and no write is left pending', async () => {
    await holds(async ({ memory, furthest, rig }) => {
      expect((await memory.acknowledged('kept', 'ann'))?.offset ?? -1).toBe(furthest);
      expect(rig.acknowledgements.size).toBe(0);
    });
  });

  it('are known to the user from the turn in which they were accepted', async () => {
    await holds(({ early }) => expect(early).toEqual([]));
  });
});
