import { describe, expect, it } from 'vitest';
import { type ClusterMaker, nobodyOf, startCluster } from '../backplane-cluster.js';

const history = { size: 10, ttl: 60_000 };
const WINDOW_MS = 5 * 60_000;

export function describeIdempotency(maker: ClusterMaker): void {
  describe('an idempotency key', () => {
    it('publishes once, and returns the first position again', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      const first = await backplane.publish({ channel: 'chat', dataJson: '1', history, idempotencyKey: 'k' });
      await backplane.publish({ channel: 'chat', dataJson: '2', history });
      const again = await backplane.publish({ channel: 'chat', dataJson: '3', history, idempotencyKey: 'k' });
      expect(first.duplicate).toBeUndefined();
      expect(again).toEqual({ delivered: 0, nodes: nobodyOf(maker), position: first.position, duplicate: true });
      expect((await node.got('chat', 2)).map(({ dataJson }) => dataJson)).toEqual(['1', '2']);
      expect((await backplane.history('chat', { limit: 10 })).top.offset).toBe(2);
    });

    it('publishes once in a channel without history too', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      await backplane.publish({ channel: 'chat', dataJson: '1', idempotencyKey: 'k' });
      const again = await backplane.publish({ channel: 'chat', dataJson: '1', idempotencyKey: 'k' });
      expect(again).toMatchObject({ delivered: 0, duplicate: true });
      expect(again.position).toBeUndefined();
      expect(await node.got('chat', 1)).toHaveLength(1);
    });

    it('is remembered even when nobody was subscribed', async () => {
      const { backplane } = await startCluster(maker);
      await backplane.publish({ channel: 'chat', dataJson: '1', idempotencyKey: 'k' });
      expect(await backplane.publish({ channel: 'chat', dataJson: '1', idempotencyKey: 'k' })).toHaveProperty(
        'duplicate',
        true,
      );
    });

    it.each([
      ['a', 'k', 'b', 'k'],
      ['a', 'k', 'a', 'K'],
      ['a', 'b:c', 'a:b', 'c'],
      ['a', '', 'a', ' '],
      ['a', 'x\ny', 'a', 'x\ty'],
    ])(
      'of channel %j, %j differs from that of channel %j, %j',
      async (channel, idempotencyKey, otherChannel, otherKey) => {
        const { backplane } = await startCluster(maker);
        await backplane.publish({ channel, dataJson: '1', history, idempotencyKey });
        const other = await backplane.publish({
          channel: otherChannel,
          dataJson: '2',
          history,
          idempotencyKey: otherKey,
        });
        expect(other.duplicate).toBeUndefined();
      },
    );

    it.each([
      ['the application', undefined, 'a user', 'ann'],
      ['a user', 'ann', 'another', 'bob'],
      ['the application', undefined, 'a user without a name', ''],
    ])('of %s differs from that of %s', async (_who, userId, _whose, otherId) => {
      const { backplane } = await startCluster(maker);
      const publish = (user: string | undefined) =>
        backplane.publish({ channel: 'chat', dataJson: '1', history, idempotencyKey: 'k', userId: user });
      await publish(userId);
      expect((await publish(otherId)).duplicate).toBeUndefined();
      expect(await publish(userId)).toMatchObject({ duplicate: true, position: { offset: 1 } });
      expect(await publish(otherId)).toMatchObject({ duplicate: true, position: { offset: 2 } });
    });

    it('of a user is the same on every node', async () => {
      const { of } = await startCluster(maker);
      const publish = (node: number) =>
        of(node).publish({ channel: 'chat', dataJson: '1', history, idempotencyKey: 'k', userId: 'ann' });
      await publish(0);
      expect(await publish(1)).toMatchObject({ duplicate: true });
    });

    it('publishes once when it comes many times at once', async () => {
      const { node, of, open } = await startCluster(maker);
      await open('chat');
      const receipts = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          of(index).publish({
            channel: 'chat',
            dataJson: `${index}`,
            history,
            idempotencyKey: 'k',
          }),
        ),
      );
      expect(receipts.filter((receipt) => receipt.duplicate !== true)).toHaveLength(1);
      expect(new Set(receipts.map((receipt) => receipt.position?.offset))).toEqual(new Set([1]));
      expect(await node.got('chat', 1)).toHaveLength(1);
    });

    it.runIf(maker.advances)('is known for five minutes from the first time, and not longer', async () => {
      const { backplane, advance } = await startCluster(maker);
      const publish = () => backplane.publish({ channel: 'chat', dataJson: '1', history, idempotencyKey: 'k' });
      await publish();
      await advance(WINDOW_MS - 1);
      expect(await publish()).toMatchObject({ duplicate: true, position: { offset: 1 } });
      await advance(1);
      expect(await publish()).toEqual(expect.not.objectContaining({ duplicate: true }));
      expect(await publish()).toMatchObject({ duplicate: true, position: { offset: 2 } });
    });

    it.runIf(maker.advances)('is known when the event itself is gone', async () => {
      const { backplane, advance } = await startCluster(maker);
      const publish = () => backplane.publish({ channel: 'chat', dataJson: '1', history, idempotencyKey: 'k' });
      const { position } = await publish();
      await advance(history.ttl + 1);
      expect(await publish()).toEqual({ delivered: 0, nodes: nobodyOf(maker), position, duplicate: true });
    });
  });
}
