import { describe, expect, it, vi } from 'vitest';
import type { Backplane } from '../../../src/backplane/index.js';
import { type ClusterMaker, startCluster } from '../backplane-cluster.js';

const LEAVE_DELAY = 5000;

const say = (backplane: Backplane, userId: string, connections: number): Promise<void> =>
  backplane.present({
    channel: 'room',
    userId,
    connections,
    infoJson: undefined,
    announcementJson: JSON.stringify(userId),
    leaveDelay: LEAVE_DELAY,
  });

/** Waits until the connections of each member are these. */
const hasRoster = (backplane: Backplane, roster: Record<string, number>): Promise<void> =>
  vi.waitFor(
    async () => {
      const members = await backplane.members('room', 10);
      expect(Object.fromEntries(members.map(({ userId, connections }) => [userId, connections]))).toEqual(roster);
    },
    { timeout: 20_000, interval: 20 },
  );

export function describeDeadNode(maker: ClusterMaker): void {
  describe.runIf(maker.kills)('a node that died without detaching', () => {
    it.runIf(maker.advances)('has no connections any more; its users are away, and leave after the delay', async () => {
      const { node, of, open, kill, advance } = await startCluster(maker);
      await open('room');
      await say(of(0), 'ann', 1);
      await say(of(1), 'ann', 3);
      await say(of(1), 'bob', 2);
      await kill(1);
      await hasRoster(of(0), { ann: 1, bob: 0 });
      await advance(LEAVE_DELAY);
      const told = (await node.got('room', 3)).map(({ kind, dataJson }) => `${kind} ${dataJson}`);
      expect(told).toEqual(['join "ann"', 'join "bob"', 'leave "bob"']);
      await hasRoster(of(0), { ann: 1 });
      expect(await of(0).presenceStats('room')).toEqual({ connections: 1, users: 1 });
    });

    it('is not among the nodes that get an event', async () => {
      const { nodes, of, open, kill } = await startCluster(maker);
      await open('room');
      expect(await of(0).publish({ channel: 'room', dataJson: '1' })).toMatchObject({ nodes: nodes.length });
      await nodes[1]?.got('room', 1);
      await kill(1);
      expect(await of(0).publish({ channel: 'room', dataJson: '2' })).toMatchObject({ nodes: nodes.length - 1 });
      expect(nodes[1]?.delivered).toHaveLength(1);
    });

    it('is not waited for by a command, nor asked', async () => {
      const { nodes, of, kill } = await startCluster(maker);
      await kill(1);
      const outcome = await of(0).dispatch({ kind: 'revoke', userId: 'ann', channel: undefined });
      expect(outcome).toEqual({ affected: nodes.length - 1, unconfirmed: 0, replies: [] });
      const question = { id: 'q', target: { userId: 'ann' }, dataJson: '1', timestamp: 1 };
      const signal = new AbortController().signal;
      expect(await of(0).ask(question, signal)).toEqual({ asked: 0, refused: 0 });
      expect(nodes.map(({ commands, questions }) => [commands.length, questions.length])).toEqual(
        nodes.map((_, index) => (index === 1 ? [0, 0] : [1, 1])),
      );
    });
  });
}
