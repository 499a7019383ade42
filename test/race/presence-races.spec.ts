import * as fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type BackplaneNode, MemoryBackplane, type PresenceUpdate } from '../../src/backplane/index.js';
import type { Clock } from '../../src/backplane/clock.js';
import { stubNode } from '../support/backplane/stub-node.js';
import { ManualClock } from '../support/manual-clock.js';
import { ManualTimerWheel } from '../support/manual-timer-wheel.js';
import { serviceRig } from '../support/service-rig.js';
import { explorer, interleave } from './explore.js';
import { ScheduledBackplane } from './scheduled-backplane.js';

const ROOMS = ['room-1', 'room-2'] as const;
const channels = { 'room*': { presence: true, joinLeave: true } };

const LEAVE_DELAY = 5000;

/** Notes joins and leaves as they take effect. What is asked of it may fail, without effect or after it. */
class ToldBackplane extends MemoryBackplane {
  readonly told = new Map<string, ('join' | 'leave')[]>();
  isBroken = false;
  isMute = false;

  constructor(clock: Clock) {
    super(1_000_000, clock);
  }

  override start(node: BackplaneNode): Promise<void> {
    return super.start(
      stubNode({
        deliver: (publication) => {
          const { kind, channel, dataJson } = publication;
          const key = `${channel} ${dataJson}`;
          if (kind !== undefined) this.told.set(key, [...(this.told.get(key) ?? []), kind]);
          return node.deliver(publication);
        },
      }),
    );
  }

  /** Stays open, so that what nobody is subscribed to is noted too. */
  override async close(): Promise<void> {}

  override async present(update: PresenceUpdate): Promise<void> {
    if (this.isBroken) throw new Error('the backplane cannot be reached');
    await super.present(update);
    if (this.isMute) throw new Error('the backplane has not answered');
  }

  mend(): void {
    this.isBroken = false;
    this.isMute = false;
  }

  /** As an engine does that is started again. */
  async loseMembers(): Promise<void> {
    const gone = { connections: 0, infoJson: undefined, announcementJson: undefined, leaveDelay: 0 };
    const told = new Map(this.told);
    for (const channel of ROOMS) {
      for (const { userId } of await this.members(channel, 10)) await super.present({ ...gone, channel, userId });
    }
    for (const [key, kinds] of told) this.told.set(key, kinds);
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
const fault = fc.constantFrom('break' as const, 'mute' as const, 'mend' as const, 'restore' as const);
const fail = { weight: 2, arbitrary: fc.record({ do: fault }) } as const;
const lose = { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) } as const;
const action = fc.oneof(...calm, wait, fail, lose);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

async function run(scheduler: fc.Scheduler, actions: readonly Action[]) {
  const clock = new ManualClock();
  const backplane = new ToldBackplane(clock);
  const wheel = new ManualTimerWheel();
  const remote = new ScheduledBackplane(backplane, scheduler, 0);
  const rig = serviceRig({ channels }, undefined, { backplane: remote, wheel });
  const clients = ['ann', 'bob', 'ann'].map((name) => rig.connect(name));

  const passTime = (): void => {
    clock.advance(LEAVE_DELAY);
    wheel.passTime();
    vi.advanceTimersByTime(250);
  };

  await interleave(scheduler, actions, async (step) => {
    if (step.do === 'wait') return passTime();
    if (step.do === 'break') backplane.isBroken = true;
    if (step.do === 'mute') backplane.isMute = true;
    if (step.do === 'mend') backplane.mend();
    if (step.do === 'restore') rig.presence.onRestored({ memory: 'kept' });
    if (step.do === 'lose') {
      await backplane.loseMembers();
      rig.presence.onRestored({ memory: 'lost' });
    }
    if (!('who' in step)) return;
    const client = clients[step.who];
    if (client === undefined || client.connection.isClosed) return;
    const { connection, socket } = client;
    if (step.do === 'subscribe') await rig.subscriptions.subscribe(connection.id, [step.room]);
    else if (step.do === 'unsubscribe') void rig.subscriptions.unsubscribe(connection.id, [step.room]);
    else if (step.do === 'become') rig.table.identify(connection, { userId: step.user });
    else socket.close(1000);
  });

  /** All that is under way is done, and all that was waited for has come. */
  const settle = async (): Promise<void> => {
    backplane.mend();
    do {
      await scheduler.waitIdle();
      passTime();
      await scheduler.waitIdle();
    } while (wheel.size > 0);
    // Those whose last report was one that had failed before.
    passTime();
    await scheduler.waitIdle();
  };
  /** Without the scheduler: a read of the test is no step. */
  const membersOf = async (name: string) =>
    Object.fromEntries((await backplane.members(name, 10)).map((member) => [member.userId, member.connections]));
  const scheduled = () => scheduler.waitIdle();
  return { ...rig, backplane, wheel, clients, settle, scheduled, membersOf };
}

type World = Awaited<ReturnType<typeof run>>;
const end = ({ backplane }: World): Promise<void> => backplane.detach();
const holds = explorer<Action, World>(fc.oneof(...calm, wait, fail), run, end);
const holdsWithLosses = explorer<Action, World>(action, run, end);
const holdsWhileNoTimePasses = explorer<Action, World>(fc.oneof(...calm, fail), run, end);

// The backplane looks for absences that are over by an interval.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
});

/** The users of a channel with the number of their connections, as the node sees them. */
function subscribedUsers(index: World['index'], channel: string): Record<string, number> {
  const users: Record<string, number> = {};
  for (const { userId = '' } of index.subscribersOf(channel)) users[userId] = (users[userId] ?? 0) + 1;
  return users;
}

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
        const expected = subscribedUsers(index, name);
        expect(await membersOf(name)).toEqual(expected);
        for (const [key, kinds] of backplane.told) {
          const isHere = Object.keys(expected).some((userId) => key === `${name} {"user_id":"${userId}"}`);
          if (key.startsWith(`${name} `)) expect(kinds.at(-1)).toBe(isHere ? 'join' : 'leave');
        }
      }
    });
  });

  it('are so too where the backplane has lost its memory, at any time', async () => {
    await holdsWithLosses(async ({ settle, membersOf, index }) => {
      await settle();
      for (const name of ROOMS) expect(await membersOf(name)).toEqual(subscribedUsers(index, name));
    });
  });

  it('that return within the delay have neither left nor joined again', async () => {
    await holdsWhileNoTimePasses(({ backplane }) => {
      for (const kinds of backplane.told.values()) expect(kinds).toEqual(['join']);
    });
  });

  it('have no connections when the node has shut down, and leave once if they do not come back', async () => {
    await holds(async ({ clients, presence, membersOf, backplane, scheduled, settle, wheel }) => {
      backplane.mend();
      for (const { socket } of clients) socket.close(1012);
      const left = presence.leave();
      await scheduled();
      await left;
      for (const name of ROOMS) expect(Object.values(await membersOf(name)).every((count) => count === 0)).toBe(true);
      expect([presence.size, wheel.size]).toEqual([0, 0]);
      await settle();
      for (const name of ROOMS) expect(await membersOf(name)).toEqual({});
      for (const kinds of backplane.told.values()) expect(kinds.length % 2).toBe(0);
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
