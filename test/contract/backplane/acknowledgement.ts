import { describe, expect, it } from 'vitest';
import type { Position } from '@skreaver/protocol';
import { type Cluster, type ClusterMaker, startCluster } from '../backplane-cluster.js';

const history = { size: 10, ttl: 60_000 };

/** A channel that stands at offset 5. */
async function atFive({ backplane }: Cluster, channel = 'chat'): Promise<(offset: number) => Position> {
  for (let index = 0; index < 5; index += 1) await backplane.publish({ channel, dataJson: '1', history });
  const { top } = await backplane.history(channel, { limit: 0 });
  return (offset) => ({ epoch: top.epoch, offset });
}

export function describeAcknowledgement(maker: ClusterMaker): void {
  describe('an acknowledged position', () => {
    it('is undefined before the first acknowledgement', async () => {
      const { backplane } = await startCluster(maker);
      expect(await backplane.acknowledged('chat', 'ann')).toBeUndefined();
      await backplane.publish({ channel: 'chat', dataJson: '1', history });
      expect(await backplane.acknowledged('chat', 'ann')).toBeUndefined();
    });

    it('is stored, and grows', async () => {
      const cluster = await startCluster(maker);
      const { backplane } = cluster;
      const at = await atFive(cluster);
      await backplane.acknowledge('chat', 'ann', at(2));
      expect(await backplane.acknowledged('chat', 'ann')).toEqual(at(2));
      await backplane.acknowledge('chat', 'ann', at(4));
      expect(await backplane.acknowledged('chat', 'ann')).toEqual(at(4));
    });

    it('does not go back', async () => {
      const cluster = await startCluster(maker);
      const { backplane } = cluster;
      const at = await atFive(cluster);
      await backplane.acknowledge('chat', 'ann', at(4));
      await backplane.acknowledge('chat', 'ann', at(2));
      await backplane.acknowledge('chat', 'ann', at(0));
      expect(await backplane.acknowledged('chat', 'ann')).toEqual(at(4));
    });

    it('is the highest of concurrent acknowledgements', async () => {
      const cluster = await startCluster(maker);
      const { backplane, of } = cluster;
      const at = await atFive(cluster);
      const offsets = [3, 1, 5, 2, 4];
      await Promise.all(offsets.map((offset, index) => of(index).acknowledge('chat', 'ann', at(offset))));
      expect(await backplane.acknowledged('chat', 'ann')).toEqual(at(5));
    });

    it('belongs to one user in one channel', async () => {
      const cluster = await startCluster(maker);
      const { backplane } = cluster;
      const at = await atFive(cluster);
      const inB = await atFive(cluster, 'b');
      await backplane.acknowledge('chat', 'ann', at(1));
      await backplane.acknowledge('chat', 'bob', at(2));
      await backplane.acknowledge('b', 'ann', inB(3));
      expect(await backplane.acknowledged('chat', 'ann')).toEqual(at(1));
      expect(await backplane.acknowledged('chat', 'bob')).toEqual(at(2));
      expect(await backplane.acknowledged('b', 'ann')).toEqual(inB(3));
      expect(await backplane.acknowledged('b', 'bob')).toBeUndefined();
    });

    it('is ignored beyond the position of the channel, and in another epoch', async () => {
      const cluster = await startCluster(maker);
      const { backplane } = cluster;
      const at = await atFive(cluster);
      await backplane.acknowledge('chat', 'ann', at(6));
      await backplane.acknowledge('chat', 'ann', { epoch: 'another', offset: 1 });
      await backplane.acknowledge('unused', 'ann', at(1));
      expect(await backplane.acknowledged('chat', 'ann')).toBeUndefined();
      expect(await backplane.acknowledged('unused', 'ann')).toBeUndefined();
      await backplane.acknowledge('chat', 'ann', at(5));
      expect(await backplane.acknowledged('chat', 'ann')).toEqual(at(5));
    });

    it.runIf(maker.advances)('outlives the events', async () => {
      const cluster = await startCluster(maker);
      const at = await atFive(cluster);
      await cluster.backplane.acknowledge('chat', 'ann', at(3));
      await cluster.advance(24 * 3_600_000);
      expect(await cluster.backplane.acknowledged('chat', 'ann')).toEqual(at(3));
    });

    it.runIf(maker.loses)('is forgotten with the epoch, and starts anew', async () => {
      const cluster = await startCluster(maker);
      const { backplane } = cluster;
      const at = await atFive(cluster);
      await backplane.acknowledge('chat', 'ann', at(4));
      await cluster.lose('chat');
      expect(await backplane.acknowledged('chat', 'ann')).toBeUndefined();
      const anew = await atFive(cluster);
      expect(await backplane.acknowledged('chat', 'ann')).toBeUndefined();
      await backplane.acknowledge('chat', 'ann', at(5));
      expect(await backplane.acknowledged('chat', 'ann')).toBeUndefined();
      await backplane.acknowledge('chat', 'ann', anew(1));
      expect(await backplane.acknowledged('chat', 'ann')).toEqual(anew(1));
    });

    // Several nodes: a user may come back on another one.
    it.runIf(maker.nodes > 1)('is known on every node', async () => {
      const cluster = await startCluster(maker);
      const at = await atFive(cluster);
      await cluster.of(0).acknowledge('chat', 'ann', at(3));
      expect(await cluster.of(1).acknowledged('chat', 'ann')).toEqual(at(3));
    });
  });
}
