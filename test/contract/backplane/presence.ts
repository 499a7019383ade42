import { describe, expect, it } from 'vitest';
import type { Backplane } from '../../../src/backplane/index.js';
import { type ClusterMaker, startCluster } from '../backplane-cluster.js';

const join = (backplane: Backplane, userId: string, infoJson?: string): Promise<boolean> =>
  backplane.join('room', userId, infoJson);

async function roster(backplane: Backplane): Promise<Record<string, number>> {
  const members = await backplane.members('room', 1000);
  return Object.fromEntries(members.map(({ userId, connections }) => [userId, connections]));
}

export function describePresence(maker: ClusterMaker): void {
  describe('presence', () => {
    it('is empty for a channel that nobody joined', async () => {
      const { backplane } = await startCluster(maker);
      expect(await backplane.members('room', 10)).toEqual([]);
      expect(await backplane.presenceStats('room')).toEqual({ connections: 0, users: 0 });
    });

    it('counts the connections of a user, whose first one is a join', async () => {
      const { backplane } = await startCluster(maker);
      expect(await join(backplane, 'ann', '{"name":"Ann"}')).toBe(true);
      expect(await join(backplane, 'ann', '{"name":"Ann"}')).toBe(false);
      expect(await join(backplane, 'bob')).toBe(true);
      const members = await backplane.members('room', 10);
      expect(members.toSorted((one, other) => one.userId.localeCompare(other.userId))).toEqual([
        { userId: 'ann', connections: 2, infoJson: '{"name":"Ann"}' },
        { userId: 'bob', connections: 1, infoJson: undefined },
      ]);
      expect(await backplane.presenceStats('room')).toEqual({ connections: 3, users: 2 });
    });

    it('returns the latest info of a user', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann', '1');
      await join(backplane, 'ann', '2');
      expect(await backplane.members('room', 10)).toMatchObject([{ infoJson: '2' }]);
    });

    it('is separate for each channel', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      expect(await backplane.join('other', 'ann', undefined)).toBe(true);
      expect(await backplane.leave('other', 'ann')).toBe(0);
      expect(await roster(backplane)).toEqual({ ann: 1 });
    });

    it('counts connections down, and keeps a user without connections as a member', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      await join(backplane, 'ann');
      expect(await backplane.leave('room', 'ann')).toBe(1);
      expect(await backplane.leave('room', 'ann')).toBe(0);
      expect(await roster(backplane)).toEqual({ ann: 0 });
      expect(await backplane.presenceStats('room')).toEqual({ connections: 0, users: 1 });
    });

    it('never counts below zero', async () => {
      const { backplane } = await startCluster(maker);
      expect(await backplane.leave('room', 'ann')).toBe(0);
      await join(backplane, 'ann');
      await backplane.leave('room', 'ann');
      expect(await backplane.leave('room', 'ann')).toBe(0);
      await join(backplane, 'ann');
      expect(await roster(backplane)).toEqual({ ann: 1 });
    });

    it('reports no join for a user who returns before being removed', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      await backplane.leave('room', 'ann');
      expect(await join(backplane, 'ann')).toBe(false);
      expect(await backplane.forget('room', 'ann')).toBe(false);
      expect(await roster(backplane)).toEqual({ ann: 1 });
    });

    it('removes a user without connections, once', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      expect(await backplane.forget('room', 'ann')).toBe(false);
      await backplane.leave('room', 'ann');
      expect(await backplane.forget('room', 'ann')).toBe(true);
      expect(await backplane.forget('room', 'ann')).toBe(false);
      expect(await backplane.members('room', 10)).toEqual([]);
      expect(await join(backplane, 'ann')).toBe(true);
    });

    it('confuses no two names', async () => {
      const { backplane } = await startCluster(maker);
      for (const name of ['__proto__', 'constructor', 'a:b', 'a b', 'ж', 'ANN', 'ann']) {
        expect(await join(backplane, name)).toBe(true);
      }
      expect((await backplane.presenceStats('room')).users).toBe(7);
    });

    it('lists at most the number of members that is asked for', async () => {
      const { backplane } = await startCluster(maker);
      for (let index = 0; index < 20; index += 1) await join(backplane, `user-${index}`);
      expect(new Set((await backplane.members('room', 7)).map(({ userId }) => userId)).size).toBe(7);
      expect(await backplane.members('room', 0)).toEqual([]);
      expect(await backplane.members('room', 100)).toHaveLength(20);
    });

    it('does not change a list that it has returned', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      const members = await backplane.members('room', 10);
      await backplane.leave('room', 'ann');
      expect(members).toMatchObject([{ connections: 1 }]);
    });

    it('counts concurrent joins and leaves, and reports exactly one join as the first', async () => {
      const { backplanes, backplane, of } = await startCluster(maker);
      const firsts = await Promise.all(Array.from({ length: 30 }, (_, index) => join(of(index), 'ann')));
      expect(firsts.filter((isFirst) => isFirst)).toHaveLength(1);
      const left = await Promise.all(Array.from({ length: 30 }, (_, index) => of(index).leave('room', 'ann')));
      expect(left.filter((connections) => connections === 0)).toHaveLength(1);
      const forgotten = await Promise.all(backplanes.map((each) => each.forget('room', 'ann')));
      expect(forgotten.filter((isForgotten) => isForgotten)).toHaveLength(1);
      expect(await backplane.members('room', 10)).toEqual([]);
    });

    it('either has a user who returns at the last moment, or reports a leave', async () => {
      const { backplane, of } = await startCluster(maker);
      for (let round = 0; round < 20; round += 1) {
        const user = `user-${round}`;
        await join(backplane, user);
        await backplane.leave('room', user);
        const forget = () => of(1).forget('room', user);
        const comeBack = () => join(backplane, user);
        const inOrder = round % 2 === 0;
        const [one, other] = await Promise.all(inOrder ? [forget(), comeBack()] : [comeBack(), forget()]);
        const [isForgotten, isFirst] = inOrder ? [one, other] : [other, one];
        expect(isFirst).toBe(isForgotten);
        expect((await roster(backplane))[user]).toBe(1);
      }
    });

    it('is independent of subscriptions: opening a channel makes no member', async () => {
      const { backplane, open } = await startCluster(maker);
      await open('room');
      expect((await backplane.presenceStats('room')).users).toBe(0);
    });

    // Several nodes: a user may have a connection on each.
    it.runIf(maker.nodes > 1)('counts the connections of all nodes', async () => {
      const { backplanes, backplane, of } = await startCluster(maker);
      for (const each of backplanes) await join(each, 'ann');
      expect(await roster(backplane)).toEqual({ ann: backplanes.length });
      expect(await of(1).leave('room', 'ann')).toBe(backplanes.length - 1);
    });
  });
}
