import { describe, expect, it } from 'vitest';
import { type ClusterMaker, startCluster } from '../backplane-cluster.js';

const history = { size: 1000, ttl: 60_000 };
const mirror = { channel: 'agents', history };
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export function describeMirror(maker: ClusterMaker): void {
  describe('a mirror', () => {
    it('gets what the source gets, after it, with a position of its own and the name of the source', async () => {
      const { backplane, nodes, open } = await startCluster(maker);
      await open('a', 'b', 'agents');
      const except = { userId: 'bob' };
      const content = {
        dataJson: '1',
        dataBinary: new Uint8Array([1]),
        userId: 'ann',
        metadataJson: '{"x":1}',
        except,
      };
      await backplane.publish({ channel: 'a', ...content, history, mirror });
      const receipt = await backplane.publish({ channel: 'b', dataJson: '2', history, mirror });
      expect(receipt.position?.offset).toBe(1);
      for (const node of nodes) {
        const [first, second] = await node.got('agents', 2);
        const [source] = await node.got('a', 1);
        expect(first).toEqual({ ...source, channel: 'agents', mirroredFrom: 'a', position: first?.position });
        expect(first).toMatchObject(content);
        expect(first?.position).not.toEqual(source?.position);
        expect(second).toMatchObject({ mirroredFrom: 'b', dataJson: '2', position: { offset: 2 } });
        expect(node.delivered.map(({ channel }) => channel)).toEqual(['a', 'agents', 'b', 'agents']);
        expect(source?.mirroredFrom).toBeUndefined();
      }
    });

    it('keeps the same events that it delivers, by its own limits', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('agents');
      const short = { channel: 'agents', history: { size: 2, ttl: 60_000 } };
      for (const index of range(3)) await backplane.publish({ channel: 'a', dataJson: `${index}`, mirror: short });
      const delivered = await node.got('agents', 3);
      for (const _ of range(2)) {
        const { publications, top } = await backplane.history('agents', { limit: 10 });
        expect(publications).toEqual(delivered.slice(1));
        expect(top.offset).toBe(3);
      }
      expect((await backplane.history('a', { limit: 10 })).publications).toEqual([]);
    });

    it('may keep nothing while the source does', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('agents');
      await backplane.publish({ channel: 'a', dataJson: '1', history, mirror: { channel: 'agents' } });
      expect(await node.got('agents', 1)).toMatchObject([{ mirroredFrom: 'a', position: undefined }]);
      expect((await backplane.history('a', { limit: 10 })).publications).toHaveLength(1);
      expect((await backplane.history('agents', { limit: 10 })).publications).toEqual([]);
    });

    it('gets nothing twice: a known idempotency key publishes in neither', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('a', 'agents');
      const publish = () => backplane.publish({ channel: 'a', dataJson: '1', history, mirror, idempotencyKey: 'k' });
      await publish();
      expect(await publish()).toMatchObject({ duplicate: true, delivered: 0 });
      await backplane.publish({ channel: 'a', dataJson: '2', history, mirror });
      expect((await node.got('agents', 2)).map(({ dataJson }) => dataJson)).toEqual(['1', '2']);
      expect((await backplane.history('agents', { limit: 10 })).top.offset).toBe(2);
    });

    it('gets no presence events', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('a', 'agents');
      await backplane.publish({ channel: 'a', dataJson: '1', history, mirror, kind: 'join' });
      await backplane.publish({ channel: 'a', dataJson: '2', history, mirror });
      expect((await node.got('agents', 1)).map(({ dataJson }) => dataJson)).toEqual(['2']);
    });

    it('gets an event that a node throws on in the source, against its contract', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('a', 'agents');
      node.onDeliver = ({ channel }) => {
        if (channel === 'a') throw new Error('the node is broken');
      };
      await Promise.allSettled([backplane.publish({ channel: 'a', dataJson: '1', history, mirror })]);
      await backplane.publish({ channel: 'b', dataJson: '2', history, mirror });
      expect((await node.got('agents', 2)).map(({ position }) => position?.offset)).toEqual([1, 2]);
    });

    it('has the events in the order of its offsets when one is published during a delivery', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('a', 'b', 'agents');
      let inner: Promise<unknown> | undefined;
      node.onDeliver = ({ channel }) => {
        if (channel === 'a') inner ??= backplane.publish({ channel: 'b', dataJson: '2', history, mirror });
      };
      await backplane.publish({ channel: 'a', dataJson: '1', history, mirror });
      await inner;
      expect((await node.got('agents', 2)).map(({ position }) => position?.offset)).toEqual([1, 2]);
    });

    it('has no gap and the order of each source when all nodes publish at once', async () => {
      const { backplane, nodes, of, open } = await startCluster(maker);
      await open('agents');
      const sources = ['a', 'b', 'c'];
      await Promise.all(
        range(150).map((index) =>
          of(index).publish({ channel: sources[index % 3] ?? 'a', dataJson: `${index}`, history, mirror }),
        ),
      );
      const { publications: kept } = await backplane.history('agents', { limit: 1000 });
      expect(kept.map(({ position }) => position.offset)).toEqual(range(150).map((index) => index + 1));
      for (const node of nodes) expect(await node.got('agents', 150)).toEqual(kept);
      for (const source of sources) {
        const ofSource = kept.filter(({ mirroredFrom }) => mirroredFrom === source).map(({ dataJson }) => dataJson);
        const { publications } = await backplane.history(source, { limit: 1000 });
        expect(ofSource).toEqual(publications.map(({ dataJson }) => dataJson));
      }
    });
  });

  describe('the receipt of an event with a mirror', () => {
    it('counts the connections of both channels, or of the one that is open', async () => {
      const { backplane, node, nodes, open } = await startCluster(maker);
      await open('agents');
      node.connections = 3;
      const publish = () => backplane.publish({ channel: 'a', dataJson: '1', mirror });
      const others = nodes.length - 1;
      expect([3, 3 + others]).toContain((await publish()).delivered);
      await open('a');
      expect([6, 6 + 2 * others]).toContain((await publish()).delivered);
    });
  });
}
