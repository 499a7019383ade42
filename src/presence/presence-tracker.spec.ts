import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Latch } from '../../test/support/latch.js';
import { ManualTimerWheel } from '../../test/support/manual-timer-wheel.js';
import { serviceRig } from '../../test/support/service-rig.js';
import { MemoryBackplane, type NewPublication, type Receipt } from '../backplane/index.js';
import type { SkreaverWsOptions } from '../config/index.js';
import { TimerWheel } from '../timers/index.js';

/** Backplane that records the published join and leave events. A test can delay its calls or let them fail. */
class ToldBackplane extends MemoryBackplane {
  readonly told: string[] = [];
  readonly joining = new Latch();
  readonly publishing = new Latch();
  readonly forgetting = new Latch();
  isBroken = false;

  constructor() {
    super(1_000_000);
  }

  override async join(channel: string, userId: string, infoJson: string | undefined): Promise<boolean> {
    this.failIfBroken();
    const isNew = await super.join(channel, userId, infoJson);
    await this.joining.wait();
    return isNew;
  }

  override async leave(channel: string, userId: string): Promise<number> {
    this.failIfBroken();
    return super.leave(channel, userId);
  }

  override async forget(channel: string, userId: string): Promise<boolean> {
    await this.forgetting.wait();
    this.failIfBroken();
    return super.forget(channel, userId);
  }

  override async publish(publication: NewPublication): Promise<Receipt> {
    const { kind, dataJson } = publication;
    if (kind !== undefined) {
      await this.publishing.wait();
      this.failIfBroken();
      this.told.push(`${kind} ${dataJson}`);
    }
    return super.publish(publication);
  }

  private failIfBroken(): void {
    if (this.isBroken) throw new Error('the backplane cannot be reached');
  }
}

const presenceRig = (options: SkreaverWsOptions = {}, wheel: TimerWheel = new ManualTimerWheel()) => {
  const backplane = new ToldBackplane();
  const channels = { room: { presence: true, joinLeave: true }, 'quiet*': { presence: true } };
  const rig = serviceRig({ channels, ...options }, undefined, { backplane, wheel });
  const enter = async (user: Parameters<typeof rig.connect>[0], channel = 'room') => {
    const client = rig.connect(user);
    await rig.subscriptions.subscribe(client.connection.id, [channel]);
    await turn();
    return client;
  };
  const passTime = async () => {
    if (wheel instanceof ManualTimerWheel) wheel.passTime();
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
    subscriptions.unsubscribe(connection.id, ['room']);
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
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { enter, told } = presenceRig({ presenceLeaveDelay: 5000 }, new TimerWheel());
    for (let time = 0; time < 3; time += 1) {
      const { socket } = await enter('ann');
      await vi.advanceTimersByTimeAsync(1000);
      socket.close(1000);
      await turn();
      await vi.advanceTimersByTimeAsync(4900);
    }
    expect(told).toEqual([joined('ann')]);
    await vi.advanceTimersByTimeAsync(200);
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
    const { enter, told, backplane, passTime } = presenceRig({ presenceLeaveDelay: 0 });
    backplane.publishing.close();
    const { socket } = await enter('ann');
    socket.close(1000);
    await passTime();
    expect(told).toEqual([]);
    backplane.publishing.open();
    await turn();
    expect(told).toEqual([joined('ann'), left('ann')]);
  });

  it('of a user that comes back while the leave is being checked arrive in this order', async () => {
    const { enter, told, backplane } = presenceRig({ presenceLeaveDelay: 0 });
    const { socket } = await enter('ann');
    backplane.forgetting.close();
    socket.close(1000);
    await backplane.forgetting.reached();
    await enter('ann');
    backplane.forgetting.open();
    await turn();
    expect(told).toEqual([joined('ann'), left('ann'), joined('ann')]);
  });

  it('leave out connections that came and went during a call of the backplane', async () => {
    const { enter, told, backplane, subscriptions } = presenceRig();
    backplane.joining.close();
    await enter('ann');
    for (let time = 0; time < 3; time += 1) (await enter('ann')).socket.close(1000);
    backplane.joining.open();
    await turn();
    expect(told).toEqual([joined('ann')]);
    expect(await subscriptions.presenceStats('room')).toEqual({ connections: 1, users: 1 });
  });

  it('are sent up to 1,000 users of a channel, and again when there are so few', async () => {
    const { enter, told, backplane, passTime } = presenceRig();
    for (let user = 0; user < 999; user += 1) await backplane.join('room', `user-${user}`, undefined);
    await enter('ann');
    const { socket } = await enter('bob');
    expect(told).toEqual([joined('ann')]);
    socket.close(1000);
    await turn();
    await passTime();
    expect(told).toEqual([joined('ann')]);
    await enter('ann');
    await backplane.leave('room', 'user-0');
    await backplane.forget('room', 'user-0');
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

describe('a node that shuts down', () => {
  it('leaves with all its members at once, including those in the delay', async () => {
    const { enter, told, presence, backplane, wheel } = presenceRig();
    const [ann, bob] = [await enter('ann'), await enter('bob')];
    ann.socket.close(1000);
    await turn();
    bob.socket.close(1000);
    await presence.leave();
    expect(told).toEqual([joined('ann'), joined('bob'), left('ann'), left('bob')]);
    expect([presence.size, wheel.size]).toEqual([0, 0]);
    expect(await backplane.presenceStats('room')).toEqual({ connections: 0, users: 0 });
  });

  it('does not wait for a retry of a member', async () => {
    const { enter, presence, backplane, wheel } = presenceRig();
    const { socket } = await enter('ann');
    backplane.isBroken = true;
    socket.close(1000);
    await presence.leave();
    expect([presence.size, wheel.size]).toEqual([0, 0]);
  });

  it('lets members whose connections are cut later leave at once', async () => {
    const { enter, told, presence } = presenceRig();
    const { socket } = await enter('ann');
    await presence.leave();
    socket.close(1000);
    await turn();
    expect(told).toEqual([joined('ann'), left('ann')]);
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
