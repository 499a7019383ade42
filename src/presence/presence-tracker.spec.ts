import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { presenceUpdate } from '../../test/support/backplane/presence-update.js';
import { stubNode } from '../../test/support/backplane/stub-node.js';
import { Latch } from '../../test/support/latch.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { ManualTimerWheel } from '../../test/support/manual-timer-wheel.js';
import { serviceRig } from '../../test/support/service-rig.js';
import { type BackplaneNode, MemoryBackplane, type PresenceUpdate } from '../backplane/index.js';
import type { SkreaverWsOptions } from '../config/index.js';

const LEAVE_DELAY = 5000;

/**
 * Backplane that records the joins and leaves that it publishes, of all channels. A test can delay its calls or let them
 * fail.
 */
class ToldBackplane extends MemoryBackplane {
  readonly told: string[] = [];
  readonly reporting = new Latch();
  readonly reports: string[] = [];
  isBroken = false;

  constructor(clock: ManualClock) {
    super(1_000_000, clock);
  }

  override start(node: BackplaneNode): Promise<void> {
    return super.start(
      stubNode({
        deliver: (publication) => {
          if (publication.kind !== undefined) this.told.push(`${publication.kind} ${publication.dataJson}`);
          return node.deliver(publication);
        },
      }),
    );
  }

  /** Stays open, so that what nobody is subscribed to is recorded too. */
  override async close(): Promise<void> {}

  override async present(update: PresenceUpdate): Promise<void> {
    this.failIfBroken();
    this.reports.push(`${update.userId} ${update.connections}`);
    await super.present(update);
    await this.reporting.wait();
  }

  /** Loses a member of `room`, and tells nobody. */
  async forget(userId: string): Promise<void> {
    const { told } = this;
    const before = told.length;
    await super.present(presenceUpdate('room', userId, 0));
    told.length = before;
  }

  private failIfBroken(): void {
    if (this.isBroken) throw new Error('the backplane cannot be reached');
  }
}

const presenceRig = (options: SkreaverWsOptions = {}) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const clock = new ManualClock();
  const wheel = new ManualTimerWheel();
  const backplane = new ToldBackplane(clock);
  const channels = { room: { presence: true, joinLeave: true }, 'quiet*': { presence: true } };
  const rig = serviceRig({ channels, ...options }, undefined, { backplane, wheel });
  const enter = async (user: Parameters<typeof rig.connect>[0], channel = 'room') => {
    const client = rig.connect(user);
    await rig.subscriptions.subscribe(client.connection.id, [channel]);
    await turn();
    return client;
  };
  /** Time passes on the node and in the engine. */
  const passTime = async (ms = LEAVE_DELAY) => {
    clock.advance(ms);
    wheel.passTime();
    vi.advanceTimersByTime(250);
    await turn();
  };
  return { ...rig, backplane, wheel, enter, passTime, told: backplane.told };
};

const joined = (user: string) => `join {"user_id":"${user}"}`;
const left = (user: string) => `leave {"user_id":"${user}"}`;

describe('a member', () => {
  it('joins with the first connection of the user, and not with later ones', async () => {
    const { enter, told, subscriptions } = presenceRig();
    await enter('ann');
    await enter('ann');
    await enter('bob');
    expect(told).toEqual([joined('ann'), joined('bob')]);
    expect(await subscriptions.presence('room')).toEqual({
      members: [
        { userId: 'ann', connections: 2 },
        { userId: 'bob', connections: 1 },
      ],
    });
    expect(await subscriptions.presenceStats('room')).toEqual({ connections: 3, users: 2 });
  });

  it('is present when the subscribe has resolved, and stays for the delay without connections', async () => {
    const { connect, subscriptions } = presenceRig();
    const { connection } = connect('ann');
    await subscriptions.subscribe(connection.id, ['room']);
    expect(await subscriptions.presenceStats('room')).toEqual({ connections: 1, users: 1 });
    void subscriptions.unsubscribe(connection.id, ['room']);
    await turn();
    expect(await subscriptions.presence('room')).toEqual({ members: [{ userId: 'ann', connections: 0 }] });
    expect(await subscriptions.presenceStats('room')).toEqual({ connections: 0, users: 1 });
  });

  it('leaves when the last connection has been gone for the delay', async () => {
    const { enter, told, passTime, presence, subscriptions, wheel } = presenceRig();
    const [one, two] = [await enter('ann'), await enter('ann')];
    one.socket.close(1000);
    await passTime();
    two.socket.close(1000);
    await turn();
    expect(told).toEqual([joined('ann')]);
    await passTime();
    expect(told).toEqual([joined('ann'), left('ann')]);
    expect(await subscriptions.presence('room')).toEqual({ members: [] });
    expect([presence.size, wheel.size]).toEqual([0, 0]);
  });

  it('has neither left nor joined when the user is back within the delay', async () => {
    const { enter, told, passTime } = presenceRig();
    const { socket } = await enter('ann');
    socket.close(1000);
    await turn();
    await enter('ann');
    await passTime();
    expect(told).toEqual([joined('ann')]);
  });

  it('leaves after a delay that begins with the last end of a connection', async () => {
    const { enter, told, passTime } = presenceRig();
    for (let time = 0; time < 3; time += 1) {
      const { socket } = await enter('ann');
      await passTime(1000);
      socket.close(1000);
      await turn();
      await passTime(LEAVE_DELAY - 100);
    }
    expect(told).toEqual([joined('ann')]);
    await passTime(100);
    expect(told).toEqual([joined('ann'), left('ann')]);
  });

  it('leaves at once if the delay is 0', async () => {
    const { enter, told, presence } = presenceRig({ presenceLeaveDelay: 0 });
    const { socket } = await enter('ann');
    socket.close(1000);
    await turn();
    expect(told).toEqual([joined('ann'), left('ann')]);
    expect(presence.size).toBe(0);
  });

  it('is tracked only in channels with presence, and announced only with joinLeave', async () => {
    const { enter, told, presence, subscriptions } = presenceRig();
    await enter('ann', 'other');
    expect(presence.size).toBe(0);
    await enter('ann', 'quiet');
    expect(told).toEqual([]);
    expect(await subscriptions.presenceStats('quiet')).toEqual({ connections: 1, users: 1 });
    await expect(subscriptions.presence('other')).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(subscriptions.presenceStats('no good')).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
  });

  it('leaves when its connection changes to another user', async () => {
    const { enter, told, passTime, table, subscriptions } = presenceRig();
    const { connection } = await enter('ann');
    table.identify(connection, { userId: 'bob' });
    await subscriptions.subscribe(connection.id, ['room']);
    await turn();
    await passTime();
    expect(told).toEqual([joined('ann'), joined('bob'), left('ann')]);
    expect(await subscriptions.presence('room')).toEqual({ members: [{ userId: 'bob', connections: 1 }] });
  });
});

describe('joins and leaves', () => {
  it('are reported one at a time, however slow the backplane is', async () => {
    const { enter, told, backplane } = presenceRig({ presenceLeaveDelay: 0 });
    backplane.reporting.close();
    const { socket } = await enter('ann');
    socket.close(1000);
    await turn();
    expect(backplane.reports).toEqual(['ann 1']);
    backplane.reporting.open();
    await turn();
    expect(backplane.reports).toEqual(['ann 1', 'ann 0']);
    expect(told).toEqual([joined('ann'), left('ann')]);
  });

  it('of a user that comes back while the leave is being reported arrive in this order', async () => {
    const { enter, told, backplane } = presenceRig({ presenceLeaveDelay: 0 });
    const { socket } = await enter('ann');
    backplane.reporting.close();
    socket.close(1000);
    await backplane.reporting.reached();
    await enter('ann');
    backplane.reporting.open();
    await turn();
    expect(told).toEqual([joined('ann'), left('ann'), joined('ann')]);
  });

  it('leave out connections that came and went during a call of the backplane', async () => {
    const { enter, told, backplane, subscriptions } = presenceRig();
    backplane.reporting.close();
    await enter('ann');
    for (let time = 0; time < 3; time += 1) (await enter('ann')).socket.close(1000);
    backplane.reporting.open();
    await turn();
    expect(told).toEqual([joined('ann')]);
    expect(backplane.reports).toEqual(['ann 1']);
    expect(await subscriptions.presenceStats('room')).toEqual({ connections: 1, users: 1 });
  });

  it('are sent up to 1,000 users of a channel, and again when there are so few', async () => {
    const { enter, told, backplane, passTime } = presenceRig();
    for (let user = 0; user < 999; user += 1) await backplane.present(presenceUpdate('room', `user-${user}`, 1));
    await enter('ann');
    const { socket } = await enter('bob');
    expect(told).toEqual([joined('ann')]);
    socket.close(1000);
    await turn();
    await passTime();
    expect(told).toEqual([joined('ann')]);
    await enter('ann');
    await backplane.present(presenceUpdate('room', 'user-0', 0));
    await enter('eve');
    expect(told).toEqual([joined('ann'), joined('eve')]);
  });
});

describe('presence that the backplane could not store', () => {
  it('is retried a second later, events in their order', async () => {
    const { enter, told, backplane, passTime, log, presence } = presenceRig({ presenceLeaveDelay: 0 });
    backplane.isBroken = true;
    const { socket } = await enter('ann');
    expect(log.lines).toMatchObject([{ level: 'error', kind: 'presence update failed' }]);
    backplane.isBroken = false;
    await passTime();
    expect(told).toEqual([joined('ann')]);
    backplane.isBroken = true;
    socket.close(1000);
    await passTime();
    backplane.isBroken = false;
    await passTime();
    expect(told).toEqual([joined('ann'), left('ann')]);
    expect(presence.size).toBe(0);
  });

  it('counts a connection exactly once', async () => {
    const { enter, backplane, passTime, subscriptions } = presenceRig();
    await enter('ann');
    backplane.isBroken = true;
    await enter('ann');
    const { socket } = await enter('ann');
    socket.close(1000);
    await turn();
    backplane.isBroken = false;
    await passTime();
    expect(await subscriptions.presenceStats('room')).toEqual({ connections: 2, users: 1 });
  });
});

describe('an engine that was away', () => {
  it('is told of all members again, and tells nobody', async () => {
    const { enter, backplane, told, presence } = presenceRig();
    await enter('ann');
    await enter('ann');
    await enter('bob');
    backplane.reports.length = 0;
    presence.onRestored({ memory: 'kept' });
    await turn();
    expect(backplane.reports).toEqual(['ann 2', 'bob 1']);
    expect(told).toEqual([joined('ann'), joined('bob')]);
  });

  it('is told of the members of one part alone when a part was away', async () => {
    const { enter, backplane, presence } = presenceRig();
    await enter('ann');
    backplane.reports.length = 0;
    presence.onRestored({ memory: 'kept' }, { holds: (channel) => channel !== 'room' });
    await turn();
    expect(backplane.reports).toEqual([]);
    presence.onRestored({ memory: 'kept' }, { holds: (channel) => channel === 'room' });
    await turn();
    expect(backplane.reports).toEqual(['ann 1']);
  });

  it('tells nobody of members that it had forgotten', async () => {
    const { enter, backplane, told, presence, subscriptions } = presenceRig();
    await enter('ann');
    await backplane.forget('ann');
    presence.onRestored({ memory: 'lost' });
    await turn();
    expect(told).toEqual([joined('ann')]);
    expect(await subscriptions.presenceStats('room')).toEqual({ connections: 1, users: 1 });
  });

  it('hears who came and who left meanwhile, and tells of these, also if it had forgotten all', async () => {
    const { enter, backplane, told, presence, passTime, subscriptions } = presenceRig();
    await enter('ann');
    const bob = await enter('bob');
    backplane.isBroken = true;
    await enter('eve');
    bob.socket.close(1000);
    await turn();
    backplane.isBroken = false;
    for (const user of ['ann', 'bob']) await backplane.forget(user);
    told.length = 0;
    presence.onRestored({ memory: 'lost' });
    await turn();
    expect(told).toEqual([joined('eve')]);
    await passTime();
    expect(told).toEqual([joined('eve'), left('bob')]);
    expect(await subscriptions.presenceStats('room')).toEqual({ connections: 2, users: 2 });
  });

  it('tells nobody of a member of which it was being told', async () => {
    const { enter, backplane, told, presence } = presenceRig();
    await enter('ann');
    backplane.reporting.close();
    await enter('ann');
    await backplane.reporting.reached();
    presence.onRestored({ memory: 'lost' });
    await backplane.forget('ann');
    backplane.reporting.open();
    await turn();
    expect(backplane.reports).toEqual(['ann 1', 'ann 2', 'ann 2']);
    expect(told).toEqual([joined('ann')]);
  });

  it('hears of a member that has left and come back before its turn as of any other', async () => {
    const { enter, backplane, presence, wheel, subscriptions } = presenceRig();
    for (let user = 0; user < 100; user += 1) await enter(`user-${user}`);
    const { socket } = await enter('ann');
    presence.onRestored({ memory: 'kept' });
    socket.close(1000);
    await turn();
    const back = await enter('ann');
    wheel.passTime();
    await turn();
    expect((await subscriptions.presence('room')).members.at(-1)).toEqual({ userId: 'ann', connections: 1 });
    back.socket.close(1000);
    await turn();
    expect(backplane.reports.at(-1)).toBe('ann 0');
    expect(presence.size).toBe(100);
  });

  it('is told a hundred at a time', async () => {
    const { enter, backplane, presence, wheel } = presenceRig();
    for (let user = 0; user < 250; user += 1) await enter(`user-${user}`);
    backplane.reports.length = 0;
    presence.onRestored({ memory: 'kept' });
    const counts = [backplane.reports.length];
    while (wheel.size > 0) {
      wheel.passTime();
      counts.push(backplane.reports.length);
    }
    expect(counts).toEqual([100, 200, 250]);
  });
});

describe('a node that shuts down', () => {
  it('has reported that its connections have ended, and lets users be away who may come back on another node', async () => {
    const { enter, told, presence, wheel, subscriptions } = presenceRig();
    const [ann, bob] = [await enter('ann'), await enter('bob')];
    ann.socket.close(1000);
    await turn();
    bob.socket.close(1000);
    await presence.leave();
    expect(await subscriptions.presenceStats('room')).toEqual({ connections: 0, users: 2 });
    expect(told).toEqual([joined('ann'), joined('bob')]);
    expect([presence.size, wheel.size]).toEqual([0, 0]);
  });

  it('does not wait for a retry of a member', async () => {
    const { enter, presence, backplane, wheel } = presenceRig();
    const { socket } = await enter('ann');
    await presence.leave();
    backplane.isBroken = true;
    socket.close(1000);
    await turn();
    expect([presence.size, wheel.size]).toEqual([0, 0]);
  });
});

describe('the info of a member', () => {
  it('is what the AuthHandler returned for the user, in events and lists', async () => {
    const { enter, told, subscriptions } = presenceRig();
    await enter({ userId: 'ann', info: { name: 'Ann "A" 🤖', admin: false } });
    await enter({ userId: 'bob', info: null });
    expect(told).toEqual([
      'join {"user_id":"ann","info":{"name":"Ann \\"A\\" 🤖","admin":false}}',
      'join {"user_id":"bob","info":null}',
    ]);
    expect((await subscriptions.presence('room')).members).toEqual([
      { userId: 'ann', connections: 1, info: { name: 'Ann "A" 🤖', admin: false } },
      { userId: 'bob', connections: 1, info: null },
    ]);
  });

  it('is that of the latest connection', async () => {
    const { enter, subscriptions } = presenceRig();
    await enter({ userId: 'ann', info: 1 });
    await enter({ userId: 'ann', info: 2 });
    expect((await subscriptions.presence('room')).members).toEqual([{ userId: 'ann', connections: 2, info: 2 }]);
  });

  it('is that of the latest connection, also if the one before ended during a call of the backplane', async () => {
    const { enter, backplane, subscriptions } = presenceRig();
    backplane.reporting.close();
    const { socket } = await enter({ userId: 'ann', info: 1 });
    await enter({ userId: 'ann', info: 2 });
    socket.close(1000);
    backplane.reporting.open();
    await turn();
    expect((await subscriptions.presence('room')).members).toEqual([{ userId: 'ann', connections: 1, info: 2 }]);
  });

  it.each([
    ['is no JSON', () => 1],
    ['cannot be written', 1n],
    ['is too long', 'x'.repeat(4095)],
  ])('is left out and logged if it %s', async (_what, info) => {
    const { enter, told, log } = presenceRig();
    await enter({ userId: 'ann', info });
    expect(told).toEqual([joined('ann')]);
    expect(log.lines).toMatchObject([{ level: 'error', kind: 'info of a member left out' }]);
  });
});
