import { describe, expect, it } from 'vitest';
import { LossyBackplane } from '../../../test/support/backplane/lossy-backplane.js';
import type { FakeSocket } from '../../../test/support/fake-socket.js';
import { ManualTimerWheel } from '../../../test/support/manual-timer-wheel.js';
import { serviceRig } from '../../../test/support/service-rig.js';

const turn = () => new Promise(setImmediate);

const noticesOf = ({ sent }: FakeSocket) =>
  sent.flatMap((message) => (message.type === 'subscribe_response' ? [message.data.positions?.['kept']] : [])).slice(1);

/** A channel whose position this node has lost, with so many subscribers. */
const lostWith = async (count: number) => {
  const backplane = new LossyBackplane();
  const wheel = new ManualTimerWheel();
  const channels = { kept: { history: { size: 1, ttl: 60_000 } } };
  const rig = serviceRig({ channels }, undefined, { backplane, wheel });
  const clients = Array.from({ length: count }, (_, n) => rig.connect(`user-${n}`));
  for (const { connection } of clients) await rig.subscriptions.subscribe(connection.id, ['kept']);
  const publish = () => rig.subscriptions.broadcast('kept', 1);
  const losePosition = async () => {
    backplane.isDeaf = true;
    await publish();
    await publish();
    backplane.isDeaf = false;
    await publish();
    await turn();
  };
  await losePosition();
  const told = () => clients.filter(({ socket }) => noticesOf(socket).length > 0).length;
  return { ...rig, backplane, wheel, clients, publish, told, losePosition };
};

describe('LostPositions', () => {
  it('tells up to a hundred subscribers at once', async () => {
    const { told, wheel } = await lostWith(100);
    expect(told()).toBe(100);
    expect(wheel.size).toBe(0);
  });

  it('tells more of them in portions, each with the position of that moment, after which it gets every event', async () => {
    const { told, wheel, clients, publish } = await lostWith(250);
    expect(told()).toBe(100);
    await publish();
    wheel.passTime();
    expect(told()).toBe(200);
    wheel.passTime();
    expect(told()).toBe(250);
    await publish();
    const offsets = () => clients.map(({ socket }) => (noticesOf(socket)[0]?.offset ?? 0) + socket.frames.length);
    // A large audience is given its frames in later turns.
    await expect.poll(() => new Set(offsets())).toEqual(new Set([5]));
    expect(new Set(clients.map(({ socket }) => socket.closes.length))).toEqual(new Set([0]));
  });

  it('counts those that are not told yet as subscribers, and forgets those that leave', async () => {
    const { index, clients, subscriptions, told, wheel } = await lostWith(150);
    expect(index.channels()).toEqual([{ channel: 'kept', subscribers: 150 }]);
    const last = clients.at(-1);
    if (last === undefined) throw new Error('There is no client.');
    void subscriptions.unsubscribe(last.connection.id, ['kept']);
    wheel.passTime();
    expect(told()).toBe(149);
    for (const { socket } of clients) socket.close(1000);
    expect(index.channels()).toEqual([]);
  });

  it('stops when the channel is closed', async () => {
    const { clients, wheel, openChannels } = await lostWith(150);
    for (const { socket } of clients) socket.close(1000);
    await turn();
    wheel.passTime();
    expect(openChannels.find('kept')).toBeUndefined();
    expect(wheel.size).toBe(0);
  });

  it('tells once more who was told when the position is lost again meanwhile, and the others once', async () => {
    const { wheel, clients, losePosition } = await lostWith(150);
    await losePosition();
    while (wheel.size > 0) wheel.passTime();
    expect(clients.map(({ socket }) => noticesOf(socket).length)).toEqual(
      clients.map((_, index) => (index < 100 ? 2 : 1)),
    );
  });
});
