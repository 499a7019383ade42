import { describe, expect, it, vi } from 'vitest';
import { LatchedBackplane } from '../../../test/support/latched-backplane.js';
import { ManualTimerWheel } from '../../../test/support/manual-timer-wheel.js';
import { serviceRig } from '../../../test/support/service-rig.js';

const turn = () => new Promise(setImmediate);

const channels = { 'kept*': { history: { size: 10, ttl: 60_000 } } };

/**
 * Ann is subscribed to channels of five events each; her acknowledgements are being stored until the latch `storing`
 * opens.
 */
async function rigWith(...names: string[]) {
  const backplane = new LatchedBackplane();
  const wheel = new ManualTimerWheel();
  const rig = serviceRig({ channels, maxSubscriptionsPerConnection: 2 }, undefined, { backplane, wheel });
  for (const channel of names) {
    for (let event = 0; event < 5; event += 1) await rig.subscriptions.broadcast(channel, event);
  }
  const client = rig.connect('ann');
  await rig.subscriptions.subscribe(client.connection.id, names.slice(0, 2));
  backplane.storing.close();
  const wait = (channel: string, offset: number) => rig.acknowledgements.take(client.connection, channel, offset);
  const take = (channel: string, offset: number): void => void wait(channel, offset);
  const offset = async (channel: string) => (await backplane.acknowledged(channel, 'ann'))?.offset;
  return { ...rig, ...client, backplane, wheel, take, wait, offset };
}

describe('an acknowledged position', () => {
  it('is stored for a subscriber, and never if it is impossible', async () => {
    const { connect, subscriptions, backplane, take, wait } = await rigWith('kept', 'plain', 'kept-2');
    await subscriptions.subscribe(connect('bob').connection.id, ['kept-2']);
    for (const [channel, offset] of [
      ['kept', 6],
      ['plain', 0],
      ['plain', 1],
      ['kept-2', 1],
      ['closed', 0],
    ] as const) {
      expect(wait(channel, offset)).toBeUndefined();
    }
    expect(backplane.stored).toEqual([]);
    take('kept', 5);
    expect(backplane.stored).toEqual([5]);
  });

  it('waits while another is being stored and then for a pause, and of several only the furthest is stored', async () => {
    const { backplane, wait, offset, acknowledgements, wheel } = await rigWith('kept');
    for (const at of [1, 2, 4, 3]) expect(wait('kept', at)).toBeUndefined();
    expect(backplane.stored).toEqual([1]);
    backplane.storing.open();
    await turn();
    expect(wait('kept', 5)).toBeUndefined();
    expect(backplane.stored).toEqual([1]);
    wheel.passTime();
    await turn();
    expect(backplane.stored).toEqual([1, 5]);
    expect(await offset('kept')).toBe(5);
    wheel.passTime();
    expect(acknowledgements.size).toBe(0);
  });

  it('that waits for a pause is stored at once when a connection of the user ends', async () => {
    const { backplane, take, offset, socket } = await rigWith('kept');
    backplane.storing.open();
    take('kept', 1);
    await turn();
    take('kept', 3);
    socket.close(1000);
    await turn();
    expect(backplane.stored).toEqual([1, 3]);
    expect(await offset('kept')).toBe(3);
  });

  it('that waits is stored before the node leaves the backplane', async () => {
    const { backplane, take, node, acknowledgements } = await rigWith('kept');
    backplane.storing.open();
    take('kept', 1);
    await turn();
    take('kept', 3);
    const detach = vi.spyOn(backplane, 'detach');
    await node.onApplicationShutdown();
    expect(backplane.stored).toEqual([1, 3]);
    expect(detach).toHaveBeenCalledOnce();
    expect(acknowledgements.size).toBe(0);
  });

  it('is not stored again while it is being stored, or after it', async () => {
    const { backplane, take, wheel } = await rigWith('kept');
    for (const at of [3, 3, 2]) take('kept', at);
    backplane.storing.open();
    await turn();
    wheel.passTime();
    await turn();
    expect(backplane.stored).toEqual([3]);
  });

  it('is stored though the connection has ended since', async () => {
    const { backplane, take, offset, socket } = await rigWith('kept');
    take('kept', 1);
    take('kept', 5);
    socket.close(1000);
    backplane.storing.open();
    await turn();
    expect(await offset('kept')).toBe(5);
  });

  it('is the start of a recovery even before it has been stored', async () => {
    const { take, connect, subscriptions } = await rigWith('kept');
    const comeBack = async () => {
      const { connection, socket } = connect('ann');
      const { positions } = await subscriptions.subscribe(connection.id, [{ channel: 'kept', since: 'acked' }]);
      return [positions?.['kept']?.recovered, socket.frames.length];
    };
    expect(await comeBack()).toEqual([false, 0]);
    take('kept', 1);
    expect(await comeBack()).toEqual([true, 4]);
    take('kept', 3);
    expect(await comeBack()).toEqual([true, 2]);
  });

  it('never replaces a greater one that is stored', async () => {
    const { backplane, take, acknowledgements, connection, offset, wheel } = await rigWith('kept');
    backplane.storing.open();
    take('kept', 4);
    await turn();
    wheel.passTime();
    backplane.storing.close();
    take('kept', 2);
    expect((await acknowledgements.find(connection, 'kept'))?.offset).toBe(4);
    backplane.storing.open();
    await turn();
    expect(await offset('kept')).toBe(4);
  });

  it('delays a client that has acknowledged in more channels than it may be subscribed to', async () => {
    const { backplane, take, wait, subscriptions, connection } = await rigWith('kept', 'kept-2', 'kept-3');
    take('kept', 1);
    take('kept-2', 1);
    void subscriptions.unsubscribe(connection.id, ['kept']);
    await subscriptions.subscribe(connection.id, ['kept-3']);
    let waited = false;
    const waiting = wait('kept-3', 1)?.then(() => (waited = true));
    await turn();
    expect([waiting === undefined, waited]).toEqual([false, false]);
    backplane.storing.open();
    await waiting;
    expect(wait('kept-3', 2)).toBeUndefined();
  });

  it('is logged when it cannot be stored, and the next one is tried', async () => {
    const { backplane, take, offset, log, acknowledgements, wheel } = await rigWith('kept');
    take('kept', 1);
    take('kept', 2);
    backplane.broken.add('kept');
    backplane.storing.open();
    await turn();
    wheel.passTime();
    await turn();
    wheel.passTime();
    expect(backplane.stored).toEqual([1, 2]);
    expect(log.lines.map(({ kind }) => kind)).toContain('acknowledged position could not be stored');
    expect(acknowledgements.size).toBe(0);
    backplane.broken.clear();
    take('kept', 3);
    await turn();
    expect(await offset('kept')).toBe(3);
  });

  it('is ignored before the connection has an identity', async () => {
    const { acknowledgements, connect, backplane } = await rigWith('kept');
    const { connection } = connect();
    expect(acknowledgements.take(connection, 'kept', 1)).toBeUndefined();
    expect(await acknowledgements.find(connection, 'kept')).toBeUndefined();
    expect(backplane.stored).toEqual([]);
  });
});
