import { describe, expect, it } from 'vitest';
import { type Violation, inEveryInterleaving } from './channel-world.js';
import { read } from './delivery-log.js';

/** In any interleaving of subscribes, permissions, unsubscribes, revocations, new users, closes and the backplane's answers. */
describe('subscriptions', { timeout: 120_000 }, () => {
  const neverSees = (violation: Violation): Promise<void> =>
    inEveryInterleaving(({ violations }) => expect(violations.has(violation)).toBe(false));

  it('are never held by a closed connection', () => neverSees('a closed connection holds a reservation'));

  it('are never held by a client that has unsubscribed or was revoked', () =>
    neverSees('a subscription that nobody wants'));

  it('are never held without permission, nor inherited from another user', () =>
    neverSees('a subscription that is not allowed'));

  it('never exceed maxSubscriptionsPerConnection', () => neverSees('too many subscriptions'));

  it('never exceed maxSubscribersPerChannel', () => neverSees('too many subscribers'));

  it('are the same by channel and by connection', () => neverSees('the maps differ'));

  it('are those that the clients were told of', async () => {
    await inEveryInterleaving(({ clients, rig }) => {
      for (const { connection, log } of clients) {
        const told = read(log).sessions.filter(({ isOver }) => !isOver);
        const held = rig.index.channelsOf(connection);
        expect(told.map(({ channel }) => channel).toSorted()).toEqual([...held].toSorted());
      }
    });
  });

  it('are counted correctly in the gauges and statistics', async () => {
    await inEveryInterleaving(async ({ clients, rig }) => {
      const { index, readMeters, registry } = rig;
      const channels = index.channels();
      const open = clients.filter(({ connection }) => !connection.isClosed).length;
      expect(await readMeters()).toMatchObject({
        connections: open,
        subscriptions: channels.reduce((sum, { subscribers }) => sum + subscribers, 0),
        channels: channels.length,
      });
      expect(registry.getStats()).toMatchObject({ activeConnections: open, channels: channels.length });
    });
  });

  it('keep a channel open at the backplane as long as there is one, and no longer', async () => {
    await inEveryInterleaving(({ rig, backplane }) => {
      const used = rig.index.channels().map(({ channel }) => channel);
      expect([...backplane.openChannels].toSorted()).toEqual(used.toSorted());
      for (const channel of used) expect(rig.openChannels.isOpen(channel)).toBe(true);
    });
  });

  it('leave nothing behind once all connections are closed, and release each permit once', async () => {
    await inEveryInterleaving(async (world) => {
      world.leave();
      await world.settle();
      const { index, readMeters, table, subscribing, locks, openChannels } = world.rig;
      expect(index.channels()).toEqual([]);
      expect(['byChannel', 'byConnection', 'pending'].map((map) => sizeOf(index, map))).toEqual([0, 0, 0]);
      expect([...world.backplane.openChannels, sizeOf(openChannels, 'channels')]).toEqual([0]);
      expect(await readMeters()).toMatchObject({ connections: 0, subscriptions: 0, channels: 0 });
      expect([world.wheel.size, subscribing.size, sizeOf(locks, 'locks')]).toEqual([0, 0, 0]);
      expect(sizeOf(table, 'limiter')).toBe(0);
    });
  });
});

/** The size of what an object keeps to itself. */
function sizeOf(holder: object, ...path: string[]): unknown {
  const held = path.reduce<object>((inner, key) => Reflect.get(inner, key) as object, holder);
  return Reflect.get(held, 'size');
}
