import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { CommandOutcome, NodeCommand } from '../../../src/backplane/index.js';
import { Latch } from '../../support/latch.js';
import { type ClusterMaker, startCluster } from '../backplane-cluster.js';

const REVOKE: NodeCommand = { kind: 'revoke', userId: 'ann', channel: 'chat' };

export function describeCommands(maker: ClusterMaker): void {
  describe('a command', () => {
    it.each<NodeCommand>([
      { kind: 'send', userId: 'ann', dataJson: '{"a":"ж"}', timestamp: 1_700_000_000_000 },
      { kind: 'sendTo', connectionId: 'node0.c1', dataJson: '{"a":"ж"}', timestamp: 1_700_000_000_000 },
      { kind: 'sendAll', dataJson: '{"a":"ж"}', timestamp: 1_700_000_000_000 },
      { kind: 'sendAll', dataJson: '1', metadataJson: '{}', except: { userId: 'ann' }, timestamp: 1_700_000_000_000 },
      { kind: 'subscribe', userId: 'ann', channels: ['chat', { channel: 'news', since: 'acked', join_leave: true }] },
      { kind: 'unsubscribe', userId: 'ann', channels: ['chat'] },
      { kind: 'revoke', userId: 'ann', channel: 'chat' },
      { kind: 'revoke', userId: 'ann', channel: undefined },
      { kind: 'disconnect', userId: 'ann', code: 4505 },
      {
        kind: 'subscribeConnection',
        connectionId: 'node0.c1',
        channels: ['chat', { channel: 'news', since: 'acked' }],
      },
      { kind: 'unsubscribeConnection', connectionId: 'node0.c1', channels: ['chat'] },
      { kind: 'disconnectConnection', connectionId: 'node0.c1', code: 4005, retryAfterMs: 10 },
    ])('reaches every node unchanged: %j', async (command) => {
      const { backplane, nodes } = await startCluster(maker);
      await backplane.dispatch(command);
      for (const node of nodes) expect(node.commands).toEqual([command]);
    });

    it('has been executed when it resolves, with the number of connections affected on all nodes', async () => {
      const { backplane, nodes } = await startCluster(maker);
      for (const [index, node] of nodes.entries()) node.connections = 10 ** index;
      const met = await backplane.dispatch({ kind: 'disconnect', userId: 'ann', code: 4505 });
      expect(met).toEqual({
        affected: nodes.reduce((sum, node) => sum + node.connections, 0),
        unconfirmed: 0,
        replies: [],
      });
    });

    it('has not resolved while a node still executes it', async () => {
      const { backplane, nodes, advance } = await startCluster(maker);
      const slow = nodes.at(-1) as (typeof nodes)[number];
      const latch = new Latch();
      latch.close();
      slow.onExecute = () => latch.wait().then(() => 7);
      const isResolved = vi.fn<(met: CommandOutcome) => void>();
      const met = backplane.dispatch({ kind: 'subscribe', userId: 'ann', channels: ['chat'] });
      void met.then(isResolved);
      await latch.reached();
      if (maker.advances) await advance(60_000);
      await nextTurn();
      expect(isResolved).not.toHaveBeenCalled();
      latch.open();
      expect(await met).toEqual({ affected: 7 + nodes.length - 1, unconfirmed: 0, replies: [] });
    });

    it('is executed after the commands before it', async () => {
      const { backplane, nodes } = await startCluster(maker);
      const codes = [1, 2, 3, 4, 5];
      await Promise.all(codes.map((code) => backplane.dispatch({ kind: 'disconnect', userId: 'ann', code })));
      for (const { commands } of nodes) {
        expect(commands.map((command) => command.kind === 'disconnect' && command.code)).toEqual(codes);
      }
    });

    it('needs no open channel, and is not delivered as an event', async () => {
      const { backplane, node, open } = await startCluster(maker);
      await open('chat');
      await backplane.dispatch({ kind: 'revoke', userId: 'ann', channel: 'chat' });
      expect(node.delivered).toEqual([]);
    });

    // Several nodes: whom a command that one node tells still reaches.
    it.runIf(maker.nodes > 1)('is not waited for on a node that has left', async () => {
      const { nodes, of } = await startCluster(maker);
      await of(1).detach();
      const outcome = await of(0).dispatch({ kind: 'disconnect', userId: 'ann', code: 4505 });
      expect(outcome).toEqual({ affected: nodes.length - 1, unconfirmed: 0, replies: [] });
      expect(nodes[1]?.commands).toEqual([]);
    });

    it('is executed by the node named alone, from wherever it was sent', async () => {
      const { nodes, backplanes } = await startCluster(maker);
      const last = nodes.at(-1) as (typeof nodes)[number];
      last.connections = 3;
      for (const each of backplanes) {
        expect(await each.dispatch(REVOKE, last.id)).toEqual({ affected: 3, unconfirmed: 0, replies: [] });
      }
      expect(nodes.map(({ commands }) => commands.length)).toEqual([...nodes.slice(1).map(() => 0), backplanes.length]);
    });

    it('brings back the reply of the node named, or those of all', async () => {
      const { backplanes, nodes } = await startCluster(maker);
      const replies = nodes.map((node) => (node.replyJson = JSON.stringify({ from: node.id, text: 'ж' })));
      for (const each of backplanes) {
        expect((await each.dispatch(REVOKE, nodes.at(-1)?.id)).replies).toEqual(replies.slice(-1));
        expect((await each.dispatch(REVOKE)).replies.toSorted()).toEqual(replies.toSorted());
      }
    });

    it('affects nobody where the node named is not there', async () => {
      const { backplane, nodes } = await startCluster(maker);
      expect(await backplane.dispatch(REVOKE, 'elsewhere')).toEqual({ affected: 0, unconfirmed: 0, replies: [] });
      expect(nodes.flatMap(({ commands }) => commands)).toEqual([]);
    });

    it.runIf(maker.cuts)(
      'is unconfirmed after 5 s by a node that is cut off, and counts what the others did',
      async () => {
        const { nodes, of, cut, advance } = await startCluster(maker);
        await cut(1);
        const told = of(0).dispatch(REVOKE);
        await vi.waitUntil(() => nodes[0]?.commands.length === 1, 20_000);
        await advance(5000);
        expect(await told).toEqual({ affected: nodes.length - 1, unconfirmed: 1, replies: [] });
        expect(nodes[1]?.commands).toEqual([]);
      },
    );

    it.runIf(maker.cuts)(
      'is executed by a node that was cut off when it is back, in order, before a later event',
      async () => {
        const { nodes, of, cut, advance, open } = await startCluster(maker);
        await open('chat');
        const back = nodes[1] as (typeof nodes)[number];
        const seen: unknown[] = [];
        back.onExecute = async () => seen.push(back.commands.at(-1));
        back.onDeliver = ({ dataJson }) => seen.push(dataJson);
        const connect = await cut(1);
        const commands = [REVOKE, { ...REVOKE, channel: 'news' }];
        const told = Promise.all(commands.map((command) => of(0).dispatch(command)));
        await vi.waitUntil(() => nodes[0]?.commands.length === 2, 20_000);
        await advance(5000);
        await told;
        await connect();
        await of(0).publish({ channel: 'chat', dataJson: '"later"' });
        await vi.waitUntil(() => seen.length === 3, 20_000);
        expect(seen).toEqual([...commands, '"later"']);
      },
    );

    it.runIf(maker.cuts === true && maker.advances)(
      'may be missed for good by a node away for longer than 10 min',
      async () => {
        const { nodes, cut, advance } = await startCluster(maker);
        const away = nodes[1] as (typeof nodes)[number];
        await (
          await cut(1)
        )();
        await vi.waitUntil(() => away.link.includes('restored: memory kept'), 20_000);
        expect(away.commandsLost).toBe(0);
        const connect = await cut(1);
        await advance(11 * 60_000);
        await connect();
        await vi.waitUntil(() => away.commandsLost === 1, 20_000);
      },
    );

    it.runIf(maker.cuts)('is confirmed by a node that was cut off for a moment', async () => {
      const { nodes, of, cut } = await startCluster(maker);
      const connect = await cut(1);
      const told = of(0).dispatch(REVOKE);
      await vi.waitUntil(() => nodes[0]?.commands.length === 1, 20_000);
      await connect();
      expect(await told).toEqual({ affected: nodes.length, unconfirmed: 0, replies: [] });
    });

    it.runIf(maker.cuts === true && maker.kills === true)('is not waited for on a node that has died', async () => {
      const { nodes, of, cut, kill } = await startCluster(maker);
      await cut(1);
      const told = of(0).dispatch(REVOKE);
      await kill(1);
      expect(await told).toEqual({ affected: nodes.length - 1, unconfirmed: 0, replies: [] });
    });
  });
}
