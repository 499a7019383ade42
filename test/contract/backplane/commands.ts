import { describe, expect, it } from 'vitest';
import type { NodeCommand } from '../../../src/backplane/index.js';
import { type ClusterMaker, startCluster } from '../backplane-cluster.js';

export function describeCommands(maker: ClusterMaker): void {
  describe('a command', () => {
    it.each<NodeCommand>([
      { kind: 'send', userId: 'ann', dataJson: '{"a":"ж"}', timestamp: 1_700_000_000_000 },
      { kind: 'sendAll', dataJson: '{"a":"ж"}', timestamp: 1_700_000_000_000 },
      { kind: 'revoke', userId: 'ann', channel: 'chat' },
      { kind: 'revoke', userId: 'ann', channel: undefined },
      { kind: 'disconnect', userId: 'ann', code: 4505 },
    ])('reaches every node unchanged: %j', async (command) => {
      const { backplane, nodes } = await startCluster(maker);
      await backplane.dispatch(command);
      for (const node of nodes) expect(node.commands).toEqual([command]);
    });

    it('has been executed when it resolves, with the number of connections affected on all nodes', async () => {
      const { backplane, nodes } = await startCluster(maker);
      for (const [index, node] of nodes.entries()) node.connections = 10 ** index;
      const met = await backplane.dispatch({ kind: 'disconnect', userId: 'ann', code: 4505 });
      expect(met).toBe(nodes.reduce((sum, node) => sum + node.connections, 0));
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
      expect(await of(0).dispatch({ kind: 'disconnect', userId: 'ann', code: 4505 })).toBe(nodes.length - 1);
      expect(nodes[1]?.commands).toEqual([]);
    });
  });
}
