import { describe, expect, it } from 'vitest';
import type { NewPublication } from '../../../src/backplane/index.js';
import { type ClusterMaker, startCluster } from '../backplane-cluster.js';

const history = { size: 1000, ttl: 60_000 };
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const inTurns = async (index: number): Promise<void> => {
  for (const _ of range(index % 7)) await Promise.resolve();
};

export function describeDelivery(maker: ClusterMaker): void {
  describe('delivery', () => {
    it('reaches the node, with the time of publication, before publish resolves', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      await backplane.publish({ channel: 'chat', dataJson: '{"a":"ж"}' });
      expect(node.delivered).toEqual([
        {
          channel: 'chat',
          dataJson: '{"a":"ж"}',
          timestamp: expect.any(Number),
          position: undefined,
          kind: undefined,
        },
      ]);
      expect(new Date(node.delivered[0]?.timestamp ?? 0).getFullYear()).toBeGreaterThan(2020);
    });

    it('tells every node who published an event, and that the application did', async () => {
      const { backplane, nodes, open } = await startCluster(maker);
      await open('chat');
      await backplane.publish({ channel: 'chat', dataJson: '1', userId: 'ann' });
      await backplane.publish({ channel: 'chat', dataJson: '2' });
      for (const node of nodes) {
        expect((await node.got('chat', 2)).map(({ userId }) => userId)).toEqual(['ann', undefined]);
      }
    });

    it('returns the number of connections that were delivered to', async () => {
      const { backplane, node, nodes, open } = await startCluster(maker);
      await open('chat');
      node.connections = 3;
      const { delivered } = await backplane.publish({ channel: 'chat', dataJson: '1' });
      // All nodes where it can be known, else this one.
      expect([3, 3 + nodes.length - 1]).toContain(delivered);
    });

    it('does not include a channel that is not open', async () => {
      const { backplane, node, open } = await startCluster(maker);
      expect(await backplane.publish({ channel: 'chat', dataJson: '1' })).toMatchObject({ delivered: 0 });
      await open('chat');
      await backplane.publish({ channel: 'chat', dataJson: '2' });
      expect((await node.got('chat', 1)).map(({ dataJson }) => dataJson)).toEqual(['2']);
    });

    it('ends when the channel is closed, and continues for other channels', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('a', 'b');
      await backplane.close('a');
      await backplane.publish({ channel: 'a', dataJson: '1' });
      await backplane.publish({ channel: 'b', dataJson: '2' });
      await node.got('b', 1);
      expect(node.delivered.map(({ channel }) => channel)).toEqual(['b']);
    });

    it('begins again when the channel is opened again', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      await backplane.close('chat');
      await backplane.open(['chat']);
      await backplane.publish({ channel: 'chat', dataJson: '1' });
      expect(await node.got('chat', 1)).toHaveLength(1);
    });

    it('allows opening twice and closing twice, and one close undoes all opens', async () => {
      const { backplane, node } = await startCluster(maker);
      await backplane.close('chat');
      await backplane.open(['chat']);
      await backplane.open(['chat']);
      await backplane.publish({ channel: 'chat', dataJson: '1' });
      expect(await node.got('chat', 1)).toHaveLength(1);
      await backplane.close('chat');
      await backplane.publish({ channel: 'chat', dataJson: '2' });
      expect(node.delivered).toHaveLength(1);
    });

    it('of presence events includes their kind and no position, and takes no position', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      await backplane.publish({ channel: 'chat', dataJson: '1', history });
      expect(await backplane.publish({ channel: 'chat', dataJson: '2', history, kind: 'join' })).toEqual(
        expect.not.objectContaining({ position: expect.anything() }),
      );
      await backplane.publish({ channel: 'chat', dataJson: '3', kind: 'leave' });
      const delivered = await node.got('chat', 3);
      expect(delivered.map(({ kind, position }) => [kind, position?.offset])).toEqual([
        [undefined, 1],
        ['join', undefined],
        ['leave', undefined],
      ]);
      const { publications, top } = await backplane.history('chat', { limit: 10 });
      expect(publications.map(({ dataJson }) => dataJson)).toEqual(['1']);
      expect(top.offset).toBe(1);
    });

    it('is in the order of publications that are not awaited', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      await Promise.all(range(200).map((index) => backplane.publish({ channel: 'chat', dataJson: `${index}` })));
      expect((await node.got('chat', 200)).map(({ dataJson }) => Number(dataJson))).toEqual(range(200));
    });

    it.each([undefined, history])(
      'of one publication ends before that of the next begins (history %j)',
      async (kept) => {
        const { backplane, node, open } = await startCluster(maker);
        await open('chat');
        const log: string[] = [];
        const publish = (dataJson: string) => backplane.publish({ channel: 'chat', dataJson, history: kept });
        let inner: Promise<unknown> | undefined;
        node.onDeliver = ({ dataJson }) => {
          log.push(`begin ${dataJson}`);
          if (dataJson === '1') inner = publish('2').then(() => publish('3'));
          log.push(`end ${dataJson}`);
        };
        await publish('1');
        await inner;
        expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
      },
    );

    it('continues after a node that throws against its contract, and keeps the events', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      const publish = (dataJson: string) => backplane.publish({ channel: 'chat', dataJson, history });
      node.onDeliver = ({ dataJson }) => {
        if (dataJson !== '3') throw new Error('the node is broken');
      };
      await Promise.allSettled([publish('1'), publish('2')]);
      await publish('3');
      expect((await node.got('chat', 3)).map(({ position }) => position?.offset)).toEqual([1, 2, 3]);
      const { publications } = await backplane.history('chat', { limit: 10 });
      expect(publications.map(({ dataJson }) => dataJson)).toEqual(['1', '2', '3']);
    });

    it('ends when the node is detached', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      await backplane.publish({ channel: 'chat', dataJson: '1' });
      await backplane.detach();
      await Promise.allSettled([backplane.publish({ channel: 'chat', dataJson: '2' })]);
      expect(node.delivered).toHaveLength(1);
    });

    it('allows detaching twice', async () => {
      const { backplane } = await startCluster(maker);
      await backplane.detach();
      await expect(backplane.detach()).resolves.toBeUndefined();
    });
  });

  describe('concurrent publications from all nodes', () => {
    const channels = ['a', 'b', 'c'];
    const publications: readonly NewPublication[] = range(300).map((index) => ({
      channel: channels[index % channels.length] ?? 'a',
      dataJson: JSON.stringify({ index }),
      history,
    }));

    it('get offsets without a gap, the same on every node, in history and in the receipts', async () => {
      const { backplane, nodes, of, open } = await startCluster(maker);
      await open(...channels);
      const receipts = await Promise.all(
        publications.map(async (publication, index) => {
          await inTurns(index);
          const { position } = await of(index).publish(publication);
          return { publication, position };
        }),
      );
      for (const channel of channels) {
        const offsets = range(100).map((index) => index + 1);
        const { publications: kept, top } = await backplane.history(channel, { limit: 1000 });
        expect(kept.map(({ position }) => position.offset)).toEqual(offsets);
        expect(kept.every(({ position }) => position.epoch === top.epoch)).toBe(true);
        for (const node of nodes) expect(await node.got(channel, 100)).toEqual(kept);
        const ofChannel = receipts.filter(({ publication }) => publication.channel === channel);
        expect(
          ofChannel
            .map(({ publication, position }) => [position?.offset, publication.dataJson] as const)
            .toSorted(([one = 0], [other = 0]) => one - other),
        ).toEqual(kept.map(({ position, dataJson }) => [position.offset, dataJson]));
      }
    });

    it('are never read in part: the last event of a page is at the position of the channel', async () => {
      const { of, open } = await startCluster(maker);
      await open(...channels);
      const pages = await Promise.all(
        publications.map(async (publication, index) => {
          await inTurns(index);
          const [page] = await Promise.all([
            of(index + 1).history('a', { limit: 1000 }),
            of(index).publish(publication),
          ]);
          return page;
        }),
      );
      for (const { publications: kept, top } of pages) expect(kept.at(-1)?.position.offset ?? 0).toBe(top.offset);
      expect(new Set(pages.map(({ top }) => top.epoch)).size).toBe(1);
    });

    it('follow without a gap on what is read after the channel was opened', async () => {
      const { backplane, node, of } = await startCluster(maker);
      const publishing = Promise.all(
        range(100).map(async (index) => {
          await inTurns(index * 3);
          await of(index + 1).publish({ channel: 'a', dataJson: `${index}`, history });
        }),
      );
      await inTurns(5);
      await backplane.open(['a']);
      const { publications: read, top } = await backplane.history('a', { limit: 1000 });
      await publishing;
      await node.got('a', 100 - top.offset);
      const offsets = new Set([...read, ...node.delivered].map(({ position }) => position?.offset));
      expect([...offsets]).toEqual(range(100).map((index) => index + 1));
    });

    it('are of all channels that were opened at once', async () => {
      const { backplane, node } = await startCluster(maker);
      const names = range(600).map((index) => `chat-${index}`);
      expect(await backplane.open(names)).toEqual(new Map());
      await Promise.all(names.map((channel) => backplane.publish({ channel, dataJson: '1' })));
      await node.got('chat-599', 1);
      expect(new Set(node.delivered.map(({ channel }) => channel))).toEqual(new Set(names));
    });

    // Several nodes: one does not say.
    it.runIf(maker.nodes > 1)('count the nodes that they were handed to', async () => {
      const { backplane, nodes, open } = await startCluster(maker);
      expect(await backplane.publish({ channel: 'chat', dataJson: '1' })).toMatchObject({ delivered: 0, nodes: 0 });
      await open('chat');
      expect(await backplane.publish({ channel: 'chat', dataJson: '1' })).toMatchObject({ nodes: nodes.length });
    });

    // Several nodes: one node shows nothing of how publications reach the others.
    it.runIf(maker.nodes > 1)('reach only the nodes on which the channel is open', async () => {
      const { nodes, of } = await startCluster(maker);
      await of(1).open(['chat']);
      await of(0).publish({ channel: 'chat', dataJson: '1' });
      await nodes[1]?.got('chat', 1);
      expect(nodes[0]?.delivered).toEqual([]);
    });

    // Several nodes: whether the others go on is seen on another.
    it.runIf(maker.nodes > 1)('still reach the others when a node has left', async () => {
      const { nodes, of, open } = await startCluster(maker);
      await open('chat');
      await of(0).detach();
      await of(1).publish({ channel: 'chat', dataJson: '1', history });
      expect(await nodes[1]?.got('chat', 1)).toHaveLength(1);
    });
  });
}
