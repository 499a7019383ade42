import { describe, expect, it } from 'vitest';
import { type ClusterMaker, startCluster } from '../backplane-cluster.js';

const history = { size: 10, ttl: 60_000 };

export function describePositions(maker: ClusterMaker): void {
  describe('the positions of a channel', () => {
    it('start at offset 1, grow by 1 and keep their epoch', async () => {
      const { backplane } = await startCluster(maker);
      const positions = [];
      for (const dataJson of ['1', '2', '3']) {
        positions.push((await backplane.publish({ channel: 'chat', dataJson, history })).position);
      }
      expect(positions.map((position) => position?.offset)).toEqual([1, 2, 3]);
      expect(new Set(positions.map((position) => position?.epoch)).size).toBe(1);
    });

    it('have an epoch that is short enough to be sent with every event', async () => {
      const { backplane } = await startCluster(maker);
      const { position } = await backplane.publish({ channel: 'chat', dataJson: '1', history });
      expect(position?.epoch).toMatch(/^[\w-]{4,32}$/);
    });

    it('are independent of other channels', async () => {
      const { backplane } = await startCluster(maker);
      await backplane.publish({ channel: 'a', dataJson: '1', history });
      await backplane.publish({ channel: 'a', dataJson: '2', history });
      expect((await backplane.publish({ channel: 'b', dataJson: '3', history })).position?.offset).toBe(1);
    });

    it('are the same in the receipt, the delivery and the history', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      const { position } = await backplane.publish({ channel: 'chat', dataJson: '1', history });
      const [delivered] = await node.got('chat', 1);
      const { publications, top } = await backplane.history('chat', { limit: 1 });
      expect(delivered?.position).toEqual(position);
      expect(publications).toEqual([delivered]);
      expect(top).toEqual(position);
    });

    it('do not exist without history', async () => {
      const { backplane } = await startCluster(maker);
      expect((await backplane.publish({ channel: 'chat', dataJson: '1' })).position).toBeUndefined();
    });

    it('begin with the first read of the position, which the next event follows', async () => {
      const { backplane } = await startCluster(maker);
      const { top } = await backplane.history('chat', { limit: 0 });
      expect(top.offset).toBe(0);
      const { position } = await backplane.publish({ channel: 'chat', dataJson: '1', history });
      expect(position).toEqual({ epoch: top.epoch, offset: 1 });
    });

    it('continue when the channel is closed and opened again', async () => {
      const { backplane, open } = await startCluster(maker);
      const { position } = await backplane.publish({ channel: 'chat', dataJson: '1', history });
      await open('chat');
      await backplane.close('chat');
      expect((await backplane.history('chat', { limit: 0 })).top).toEqual(position);
    });

    it.runIf(maker.advances)('outlive the events', async () => {
      const { backplane, advance } = await startCluster(maker);
      const first = await backplane.publish({ channel: 'chat', dataJson: '1', history });
      await advance(history.ttl);
      expect(await backplane.history('chat', { limit: 10 })).toEqual({ publications: [], top: first.position });
      await advance(24 * 3_600_000);
      const second = await backplane.publish({ channel: 'chat', dataJson: '2', history });
      expect(second.position).toEqual({ epoch: first.position?.epoch, offset: 2 });
    });

    it.runIf(maker.loses)('have a new epoch when the channel was forgotten', async () => {
      const { backplane, lose } = await startCluster(maker);
      const { position } = await backplane.publish({ channel: 'chat', dataJson: '1', history });
      await lose('chat');
      const { publications, top } = await backplane.history('chat', { limit: 10 });
      expect(publications).toEqual([]);
      expect(top.offset).toBe(0);
      expect(top.epoch).not.toBe(position?.epoch);
      const again = await backplane.publish({ channel: 'chat', dataJson: '2', history });
      expect(again.position).toEqual({ epoch: top.epoch, offset: 1 });
    });

    it('are read in bulk, seen before or not', async () => {
      const { backplane, open } = await startCluster(maker);
      const channels = Array.from({ length: 300 }, (_, index) => `chat-${index}`);
      await open(...channels);
      const published = await Promise.all(
        channels.slice(100).map((channel) => backplane.publish({ channel, dataJson: '1', history })),
      );
      const seen = new Map(channels.map((channel, index) => [channel, published[index - 100]?.position]));
      const tops = await backplane.positions(seen);
      expect([...tops.keys()].toSorted()).toEqual(channels.toSorted());
      for (const [channel, top] of tops) {
        expect(top).toEqual(seen.get(channel) ?? { epoch: expect.any(String), offset: 0 });
        expect((await backplane.history(channel, { limit: 0 })).top).toEqual(top);
      }
    });

    it('are those of this node where a reader is content with what it has seen', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      for (const dataJson of ['1', '2', '3']) await backplane.publish({ channel: 'chat', dataJson, history });
      const delivered = await node.got('chat', 3);
      const { publications, top } = await backplane.history('chat', { after: 1, limit: 10, seen: true });
      expect(publications).toEqual(delivered.slice(1));
      expect(top).toEqual(delivered[2]?.position);
    });

    // Several nodes: the counter of one is no proof of a common one.
    it.runIf(maker.nodes > 1)('are counted by all nodes together', async () => {
      const { backplanes } = await startCluster(maker);
      const positions = [];
      for (const backplane of [...backplanes, ...backplanes]) {
        positions.push((await backplane.publish({ channel: 'chat', dataJson: '1', history })).position);
      }
      expect(positions.map((position) => position?.offset)).toEqual(positions.map((_, index) => index + 1));
      expect(new Set(positions.map((position) => position?.epoch)).size).toBe(1);
    });
  });
}
