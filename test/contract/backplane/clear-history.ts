import { describe, expect, it } from 'vitest';
import { type ClusterMaker, startCluster } from '../backplane-cluster.js';

const history = { size: 10, ttl: 60_000 };

export function describeClearHistory(maker: ClusterMaker): void {
  describe('clearing a history', () => {
    it('removes the events, and keeps the position, from which the next publication goes on', async () => {
      const { backplane, of } = await startCluster(maker);
      const publish = (dataJson: string) => backplane.publish({ channel: 'chat', dataJson, history });
      await publish('1');
      const { position } = await publish('2');
      await of(1).clearHistory('chat');
      expect(await backplane.history('chat', { limit: 10 })).toEqual({ publications: [], top: position });
      const next = await publish('3');
      expect(next.position).toEqual({ epoch: position?.epoch, offset: 3 });
      const { publications } = await of(1).history('chat', { limit: 10 });
      expect(publications.map(({ dataJson }) => dataJson)).toEqual(['3']);
    });

    it('keeps acknowledged positions, idempotency keys, and the events of other channels', async () => {
      const { backplane } = await startCluster(maker);
      const first = { channel: 'chat', dataJson: '1', history, idempotencyKey: 'k' };
      const { position } = await backplane.publish(first);
      await backplane.publish({ channel: 'news', dataJson: '1', history });
      if (position !== undefined) await backplane.acknowledge('chat', 'ann', position);
      await backplane.clearHistory('chat');
      expect(await backplane.acknowledged('chat', 'ann')).toEqual(position);
      expect(await backplane.publish(first)).toMatchObject({ duplicate: true, position });
      expect((await backplane.history('news', { limit: 10 })).publications).toHaveLength(1);
    });

    it('continues the delivery to open channels, and does nothing to a channel that was never used', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      await backplane.clearHistory('chat');
      expect((await backplane.history('chat', { limit: 1 })).top.offset).toBe(0);
      await backplane.publish({ channel: 'chat', dataJson: '1', history });
      await backplane.clearHistory('chat');
      await backplane.publish({ channel: 'chat', dataJson: '2', history });
      expect((await node.got('chat', 2)).map(({ position }) => position?.offset)).toEqual([1, 2]);
    });
  });
}
