import { describe, expect, it } from 'vitest';
import type { Backplane, HistoryLimits, HistoryQuery } from '../../../src/backplane/index.js';
import { type Cluster, type ClusterMaker, startCluster } from '../backplane-cluster.js';

const limits = { size: 5, ttl: 60_000 };

async function fill(backplane: Backplane, count: number, history: HistoryLimits = limits): Promise<void> {
  for (let index = 1; index <= count; index += 1) {
    await backplane.publish({ channel: 'chat', dataJson: `${index}`, history });
  }
}

const offsets = async ({ backplane }: Cluster, query: HistoryQuery): Promise<number[]> =>
  (await backplane.history('chat', query)).publications.map(({ position }) => position.offset);

export function describeHistory(maker: ClusterMaker): void {
  describe('history', () => {
    it('of a channel that was never used is empty', async () => {
      const { backplane } = await startCluster(maker);
      expect(await backplane.history('chat', { limit: 10 })).toEqual({
        publications: [],
        top: { epoch: expect.any(String), offset: 0 },
      });
    });

    it('keeps publications as they were delivered', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      const dataJson = '{"text":"\\u2028 ж 😀 \\" \\n"}';
      await backplane.publish({ channel: 'chat', dataJson, history: limits });
      const { publications } = await backplane.history('chat', { limit: 1 });
      expect(publications).toEqual(await node.got('chat', 1));
      expect(publications[0]?.dataJson).toBe(dataJson);
    });

    it('keeps who published an event, and that the application did', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      for (const userId of ['ann', undefined, 'жб"\\\u0000']) {
        await backplane.publish({ channel: 'chat', dataJson: '1', history: limits, userId });
      }
      const { publications } = await backplane.history('chat', { limit: 10 });
      expect(publications.map(({ userId }) => userId)).toEqual(['ann', undefined, 'жб"\\\u0000']);
      expect(publications).toEqual(await node.got('chat', 3));
    });

    it('keeps whom an event is kept from, and tells every node', async () => {
      const { backplane, nodes, open } = await startCluster(maker);
      await open('chat');
      const exclusions = [{ userId: 'жб"' }, { connectionId: 'c1' }, { connectionId: 'c1', userId: 'ann' }, undefined];
      for (const except of exclusions) {
        await backplane.publish({ channel: 'chat', dataJson: '1', history: limits, except });
      }
      const { publications } = await backplane.history('chat', { limit: 10 });
      expect(publications.map(({ except }) => except)).toEqual(exclusions);
      for (const node of nodes) {
        expect((await node.got('chat', 4)).map(({ except }) => except)).toEqual(exclusions);
      }
    });

    it('keeps the metadata of the application as it was written', async () => {
      const { backplane, nodes, open } = await startCluster(maker);
      await open('chat');
      const metadataJson = '{"a":"ж\\u0000 😀"}';
      await backplane.publish({ channel: 'chat', dataJson: '1', history: limits, metadataJson });
      const { publications } = await backplane.history('chat', { limit: 10 });
      expect(publications.map((publication) => publication.metadataJson)).toEqual([metadataJson]);
      for (const node of nodes) expect(await node.got('chat', 1)).toMatchObject([{ metadataJson }]);
    });

    it('keeps no publication that was made without history', async () => {
      const { backplane } = await startCluster(maker);
      await backplane.publish({ channel: 'chat', dataJson: '1' });
      expect((await backplane.history('chat', { limit: 10 })).publications).toEqual([]);
    });

    it.each<[string, HistoryQuery, number[]]>([
      ['all that is kept, oldest first', { limit: 10 }, [3, 4, 5, 6, 7]],
      ['a limit', { limit: 2 }, [3, 4]],
      ['nothing at the limit 0', { limit: 0 }, []],
      ['what comes after an offset', { after: 5, limit: 10 }, [6, 7]],
      ['what comes after an offset, to a limit', { after: 3, limit: 2 }, [4, 5]],
      ['all that is kept after one that is gone', { after: 1, limit: 10 }, [3, 4, 5, 6, 7]],
      ['all after 0', { after: 0, limit: 10 }, [3, 4, 5, 6, 7]],
      ['nothing after the top', { after: 7, limit: 10 }, []],
      ['nothing after what is beyond the top', { after: 100, limit: 10 }, []],
      ['newest first in reverse', { limit: 10, reverse: true }, [7, 6, 5, 4, 3]],
      ['the newest, to a limit, in reverse', { limit: 2, reverse: true }, [7, 6]],
      ['what comes before an offset, in reverse', { after: 6, limit: 10, reverse: true }, [5, 4, 3]],
      ['what comes before an offset, to a limit, in reverse', { after: 6, limit: 1, reverse: true }, [5]],
      ['all from beyond the top, in reverse', { after: 100, limit: 10, reverse: true }, [7, 6, 5, 4, 3]],
      ['nothing before the oldest, in reverse', { after: 3, limit: 10, reverse: true }, []],
      ['nothing before 0, in reverse', { after: 0, limit: 10, reverse: true }, []],
    ])('returns %s', async (_rule, query, expected) => {
      const cluster = await startCluster(maker);
      await fill(cluster.backplane, 7);
      expect(await offsets(cluster, query)).toEqual(expected);
      expect((await cluster.backplane.history('chat', query)).top.offset).toBe(7);
    });

    it('keeps at most its size of the newest events', async () => {
      const cluster = await startCluster(maker);
      await fill(cluster.backplane, 1, { ...limits, size: 1 });
      expect(await offsets(cluster, { limit: 10 })).toEqual([1]);
      await fill(cluster.backplane, 1, { ...limits, size: 1 });
      expect(await offsets(cluster, { limit: 10 })).toEqual([2]);
    });

    it('follows a changed size', async () => {
      const cluster = await startCluster(maker);
      await fill(cluster.backplane, 5);
      await fill(cluster.backplane, 1, { ...limits, size: 2 });
      expect(await offsets(cluster, { limit: 10 })).toEqual([5, 6]);
      await fill(cluster.backplane, 2, { ...limits, size: 3 });
      expect(await offsets(cluster, { limit: 10 })).toEqual([6, 7, 8]);
    });

    it('keeps a thousand events without a gap', async () => {
      const cluster = await startCluster(maker);
      await fill(cluster.backplane, 1100, { ...limits, size: 1000 });
      expect(await offsets(cluster, { limit: 2000 })).toEqual(Array.from({ length: 1000 }, (_, index) => index + 101));
    });

    it('is not changed when a reader changes a page', async () => {
      const cluster = await startCluster(maker);
      await fill(cluster.backplane, 3);
      const { publications } = await cluster.backplane.history('chat', { limit: 10 });
      Reflect.apply(Array.prototype.splice, publications, [0, 2]);
      expect(await offsets(cluster, { limit: 10 })).toEqual([1, 2, 3]);
    });

    it.runIf(maker.advances)('gives an event until its TTL is over, and not from then on', async () => {
      const cluster = await startCluster(maker);
      await fill(cluster.backplane, 1);
      await cluster.advance(limits.ttl - 1);
      await fill(cluster.backplane, 1);
      expect(await offsets(cluster, { limit: 10 })).toEqual([1, 2]);
      await cluster.advance(1);
      expect(await offsets(cluster, { limit: 10 })).toEqual([2]);
      await cluster.advance(limits.ttl);
      expect(await offsets(cluster, { limit: 10 })).toEqual([]);
      expect(await offsets(cluster, { limit: 10, reverse: true })).toEqual([]);
      expect(await offsets(cluster, { after: 0, limit: 10 })).toEqual([]);
    });

    it.runIf(maker.advances)('is not kept longer by what is published later', async () => {
      const cluster = await startCluster(maker);
      for (let index = 0; index < 6; index += 1) {
        await fill(cluster.backplane, 1, { size: 100, ttl: 30_000 });
        await cluster.advance(10_000);
      }
      expect(await offsets(cluster, { limit: 10 })).toEqual([5, 6]);
    });

    // Several nodes: one node reads what it wrote.
    it.runIf(maker.nodes > 1)('is the same on every node', async () => {
      const { backplanes } = await startCluster(maker);
      for (const backplane of backplanes) await backplane.publish({ channel: 'chat', dataJson: '1', history: limits });
      const pages = await Promise.all(backplanes.map((backplane) => backplane.history('chat', { limit: 10 })));
      for (const page of pages) expect(page).toEqual(pages[0]);
      expect(pages[0]?.publications).toHaveLength(backplanes.length);
    });
  });
}
