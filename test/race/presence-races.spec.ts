import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryBackplane, type NewPublication, type Receipt } from '../../src/backplane/index.js';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';
import { ScheduledBackplane } from './scheduled-backplane.js';

const ROOMS = ['room-1', 'room-2'] as const;
const channels = { 'room*': { presence: true, joinLeave: true } };

/** Notes joins and leaves as they take effect. While it is broken, what is asked of it fails without effect. */
class ToldBackplane extends MemoryBackplane {
  readonly told = new Map<string, ('join' | 'leave')[]>();
  isBroken = false;

  constructor() {
    super(1_000_000);
  }

  override async publish(publication: NewPublication): Promise<Receipt> {
    this.failIfBroken();
    const { kind, channel, dataJson } = publication;
    const key = `${channel} ${dataJson}`;
    if (kind !== undefined) this.told.set(key, [...(this.told.get(key) ?? []), kind]);
    return super.publish(publication);
  }
  override async join(channel: string, userId: string, infoJson: string | undefined): Promise<boolean> {
    this.failIfBroken();
    return super.join(channel, userId, infoJson);
  }
  override async leave(channel: string, userId: string): Promise<number> {
    this.failIfBroken();
    return super.leave(channel, userId);
  }
  override async forget(channel: string, userId: string): Promise<boolean> {
    this.failIfBroken();
    return super.forget(channel, userId);
  }

  private failIfBroken(): void {
    if (this.isBroken) throw new Error('the backplane cannot be reached');
  }
}

const who = fc.nat({ max: 2 });
const room = fc.constantFrom(...ROOMS);
const user = fc.constantFrom('ann', 'bob');
const calm = [
  { weight: 5, arbitrary: fc.record({ do: fc.constant('subscribe' as const), who, room }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), who, room }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('become' as const), who, user }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), who }) },
] as const;
const wait = { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const) }) } as const;
const fail = { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('break' as const, 'mend' as const) }) } as const;
const action = fc.oneof(...calm, wait, fail);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const backplane = new ToldBackplane();
  const wheel = new ManualTimerWheel();
  const remote = new ScheduledBackplane(backplane, scheduler, 0);
  const rig = serviceRig({ channels }, undefined, { backplane: remote, wheel });
  const clients = ['ann', 'bob', 'ann'].map((name) => rig.connect(name));

  await interleave(scheduler, actions, async (step) => {
    if (step.do === 'wait') return wheel.passTime();
    if (!('who' in step)) {
      backplane.isBroken = step.do === 'break';
      return;
    }
    const client = clients[step.who];
    if (client === undefined || client.connection.isClosed) return;
    const { connection, socket } = client;
    if (step.do === 'subscribe') await rig.subscriptions.subscribe(connection.id, [step.room]);
    else if (step.do === 'unsubscribe') rig.subscriptions.unsubscribe(connection.id, [step.room]);
    else if (step.do === 'become') rig.table.identify(connection, { userId: step.user });
    else socket.close(1000);
  });

  /** All that is under way is done, and all that was waited for has come. */
  const settle = async (): Promise<void> => {
    backplane.isBroken = false;
    await scheduler.waitIdle();
    while (wheel.size > 0) {
      wheel.passTime();
      await scheduler.waitIdle();
    }
  };
  /** Without the scheduler: a read of the test is no step. */
  const membersOf = async (name: string) =>
    Object.fromEntries((await backplane.members(name, 10)).map((member) => [member.userId, member.connections]));
  const scheduled = () => scheduler.waitIdle();
  return { ...rig, backplane, wheel, clients, settle, scheduled, membersOf };
}

const holds = explorer(action, run);
const holdsWhileNoTimePasses = explorer<Action, Awaited<ReturnType<typeof run>>>(fc.oneof(...calm, fail), run);

const isAlternating = (kinds: readonly string[]): boolean =>
  kinds.every((kind, at) => kind === (at % 2 === 0 ? 'join' : 'leave'));

describe('members of channels in any interleaving with subscribes, new users, closes, failures and time', () => {
  it('join and leave alternately, per user and channel, and join first', async () => {
    await holds(async ({ settle, backplane }) => {
      await settle();
      for (const kinds of backplane.told.values()) expect(kinds).toSatisfy(isAlternating);
    });
  });

  it('are the subscribed users, with the number of their connections, once all is settled', async () => {
    await holds(async ({ settle, membersOf, index, backplane }) => {
      await settle();
      for (const name of ROOMS) {
        const expected: Record<string, number> = {};
        for (const { userId = '' } of index.subscribersOf(name)) expected[userId] = (expected[userId] ?? 0) + 1;
        expect(await membersOf(name)).toEqual(expected);
        for (const [key, kinds] of backplane.told) {
          const isHere = Object.keys(expected).some((userId) => key === `${name} {"user_id":"${userId}"}`);
          if (key.startsWith(`${name} `)) expect(kinds.at(-1)).toBe(isHere ? 'join' : 'leave');
        }
      }
    });
  });

  it('that return within the delay have neither left nor joined again', async () => {
    await holdsWhileNoTimePasses(({ backplane }) => {
      for (const kinds of backplane.told.values()) expect(kinds).toEqual(['join']);
    });
  });

  it('have all left, once, when the node has shut down', async () => {
    await holds(async ({ clients, presence, membersOf, backplane, scheduled, wheel }) => {
      backplane.isBroken = false;
      for (const { socket } of clients) socket.close(1012);
      const left = presence.leave();
      await scheduled();
      await left;
      for (const name of ROOMS) expect(await membersOf(name)).toEqual({});
      for (const kinds of backplane.told.values()) expect(kinds.length % 2).toBe(0);
      expect([presence.size, wheel.size]).toEqual([0, 0]);
    });
  });

  it('leave nothing behind in memory', async () => {
    await holds(async ({ clients, settle, presence, wheel }) => {
      for (const { socket } of clients) socket.close(1000);
      await settle();
      expect([presence.size, wheel.size]).toEqual([0, 0]);
    });
  });
});
