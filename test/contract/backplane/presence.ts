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
    it('of a channel that nobody joined is nobody', async () => {
      const { backplane } = await startCluster(maker);
      expect(await backplane.members('room', 10)).toEqual([]);
      expect(await backplane.presenceStats('room')).toEqual({ connections: 0, users: 0 });
    });

    it('counts the connections of a user, who joins once', async () => {
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

    it('has what was said last about a user', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann', '1');
      await join(backplane, 'ann', '2');
      expect(await backplane.members('room', 10)).toMatchObject([{ infoJson: '2' }]);
    });

    it('is that of the channel', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      expect(await backplane.join('other', 'ann', undefined)).toBe(true);
      expect(await backplane.leave('other', 'ann')).toBe(0);
      expect(await roster(backplane)).toEqual({ ann: 1 });
    });

    it('counts connections out, and keeps a user without any as a member', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      await join(backplane, 'ann');
      expect(await backplane.leave('room', 'ann')).toBe(1);
      expect(await backplane.leave('room', 'ann')).toBe(0);
      expect(await roster(backplane)).toEqual({ ann: 0 });
      expect(await backplane.presenceStats('room')).toEqual({ connections: 0, users: 1 });
    });

    it('never counts below nobody', async () => {
      const { backplane } = await startCluster(maker);
      expect(await backplane.leave('room', 'ann')).toBe(0);
      await join(backplane, 'ann');
      await backplane.leave('room', 'ann');
      expect(await backplane.leave('room', 'ann')).toBe(0);
      await join(backplane, 'ann');
      expect(await roster(backplane)).toEqual({ ann: 1 });
    });

    it('takes one who comes back in time for the one who was there', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      await backplane.leave('room', 'ann');
      expect(await join(backplane, 'ann')).toBe(false);
      expect(await backplane.forget('room', 'ann')).toBe(false);
      expect(await roster(backplane)).toEqual({ ann: 1 });
    });

    it('forgets one without connections, once', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      expect(await backplane.forget('room', 'ann')).toBe(false);
      await backplane.leave('room', 'ann');
      expect(await backplane.forget('room', 'ann')).toBe(true);
      expect(await backplane.forget('room', 'ann')).toBe(false);
      expect(await backplane.members('room', 10)).toEqual([]);
      expect(await join(backplane, 'ann')).toBe(true);
    });

    it('takes no name for another', async () => {
      const { backplane } = await startCluster(maker);
      for (const name of ['__proto__', 'constructor', 'a:b', 'a b', 'ж', 'ANN', 'ann']) {
        expect(await join(backplane, name)).toBe(true);
      }
      expect((await backplane.presenceStats('room')).users).toBe(7);
    });

    it('lists as many members as are asked for', async () => {
      const { backplane } = await startCluster(maker);
      for (let index = 0; index < 20; index += 1) await join(backplane, `user-${index}`);
      expect(new Set((await backplane.members('room', 7)).map(({ userId }) => userId)).size).toBe(7);
      expect(await backplane.members('room', 0)).toEqual([]);
      expect(await backplane.members('room', 100)).toHaveLength(20);
    });

    it('does not change a list that was given', async () => {
      const { backplane } = await startCluster(maker);
      await join(backplane, 'ann');
      const members = await backplane.members('room', 10);
      await backplane.leave('room', 'ann');
      expect(members).toMatchObject([{ connections: 1 }]);
    });

    it('counts joins and leaves that come at once, and says to exactly one join that it is the first', async () => {
      const { backplanes, backplane, of } = await startCluster(maker);
      const firsts = await Promise.all(Array.from({ length: 30 }, (_, index) => join(of(index), 'ann')));
      expect(firsts.filter((isFirst) => isFirst)).toHaveLength(1);
      const left = await Promise.all(Array.from({ length: 30 }, (_, index) => of(index).leave('room', 'ann')));
      expect(left.filter((connections) => connections === 0)).toHaveLength(1);
      const forgotten = await Promise.all(backplanes.map((each) => each.forget('room', 'ann')));
      expect(forgotten.filter((isForgotten) => isForgotten)).toHaveLength(1);
      expect(await backplane.members('room', 10)).toEqual([]);
    });

    it('has either the one who came back or a leave, never neither', async () => {
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

    it('keeps apart who is present and who is subscribed: opening a channel makes no member', async () => {
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
