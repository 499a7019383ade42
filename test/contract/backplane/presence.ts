import { describe, expect, it, vi } from 'vitest';
import { type Backplane, MAX_USERS_TOLD_OF, type PresenceUpdate } from '../../../src/backplane/index.js';
import { type Cluster, type ClusterMaker, startCluster } from '../backplane-cluster.js';

const LEAVE_DELAY = 5000;

/** Says how many connections a user has on a node. */
const say = (
  backplane: Backplane,
  userId: string,
  connections: number,
  more: Partial<PresenceUpdate> = {},
): Promise<void> =>
  backplane.present({
    channel: 'room',
    userId,
    connections,
    infoJson: undefined,
    announcementJson: JSON.stringify(userId),
    leaveDelay: LEAVE_DELAY,
    ...more,
  });

async function roster(backplane: Backplane, channel = 'room'): Promise<Record<string, number>> {
  const members = await backplane.members(channel, 1000);
  return Object.fromEntries(members.map(({ userId, connections }) => [userId, connections]));
}

/** The joins and leaves that the first node was told of, as soon as there are so many. */
const told = async ({ node }: Cluster, count: number): Promise<string[]> =>
  (await node.got('room', count)).map(({ kind, dataJson }) => `${kind} ${dataJson}`);

export function describePresence(maker: ClusterMaker): void {
  describe('presence', () => {
    it('is empty for a channel that nobody joined', async () => {
      const { backplane } = await startCluster(maker);
      expect(await backplane.members('room', 10)).toEqual([]);
      expect(await backplane.presenceStats('room')).toEqual({ connections: 0, users: 0 });
    });

    it('has the users that a node has said, with their connections and what is known of them', async () => {
      const { backplane } = await startCluster(maker);
      await say(backplane, 'ann', 2, { infoJson: '{"name":"Ann"}' });
      await say(backplane, 'bob', 1);
      const members = await backplane.members('room', 10);
      expect(members.toSorted((one, other) => one.userId.localeCompare(other.userId))).toEqual([
        { userId: 'ann', connections: 2, infoJson: '{"name":"Ann"}' },
        { userId: 'bob', connections: 1, infoJson: undefined },
      ]);
      expect(await backplane.presenceStats('room')).toEqual({ connections: 3, users: 2 });
    });

    it('is what was said last, however often', async () => {
      const cluster = await startCluster(maker);
      const { backplane, open } = cluster;
      await open('room');
      for (const connections of [1, 1, 3, 3, 2]) await say(backplane, 'ann', connections);
      expect(await roster(backplane)).toEqual({ ann: 2 });
      await say(backplane, 'bob', 1);
      expect(await told(cluster, 2)).toEqual(['join "ann"', 'join "bob"']);
    });

    it('has the latest info of a user', async () => {
      const { backplane } = await startCluster(maker);
      await say(backplane, 'ann', 1, { infoJson: '1' });
      await say(backplane, 'ann', 2, { infoJson: '2' });
      expect(await backplane.members('room', 10)).toMatchObject([{ infoJson: '2' }]);
    });

    it('is separate for each channel', async () => {
      const { backplane } = await startCluster(maker);
      await say(backplane, 'ann', 1);
      await say(backplane, 'ann', 4, { channel: 'other' });
      await say(backplane, 'ann', 0, { channel: 'other', leaveDelay: 0 });
      expect(await roster(backplane)).toEqual({ ann: 1 });
      expect(await roster(backplane, 'other')).toEqual({});
    });

    it('keeps a user without connections as a member, for a while', async () => {
      const { backplane } = await startCluster(maker);
      await say(backplane, 'ann', 2);
      await say(backplane, 'ann', 0);
      expect(await roster(backplane)).toEqual({ ann: 0 });
      expect(await backplane.presenceStats('room')).toEqual({ connections: 0, users: 1 });
    });

    it('forgets a user at once where there is no delay, and tells of it', async () => {
      const cluster = await startCluster(maker);
      const { backplane, open } = cluster;
      await open('room');
      await say(backplane, 'ann', 1);
      await say(backplane, 'ann', 0, { leaveDelay: 0 });
      expect(await roster(backplane)).toEqual({});
      expect(await told(cluster, 2)).toEqual(['join "ann"', 'leave "ann"']);
    });

    it('knows nothing of a user that it is told has no connection', async () => {
      const cluster = await startCluster(maker);
      const { backplane, open } = cluster;
      await open('room');
      await say(backplane, 'ann', 0);
      await say(backplane, 'ann', 0, { leaveDelay: 0 });
      await say(backplane, 'bob', 1);
      expect(await told(cluster, 1)).toEqual(['join "bob"']);
      expect(await roster(backplane)).toEqual({ bob: 1 });
    });

    it.runIf(maker.advances)('forgets a user when the delay is over, once, and tells of it', async () => {
      const cluster = await startCluster(maker);
      const { backplane, open, advance } = cluster;
      await open('room');
      await say(backplane, 'ann', 1);
      await say(backplane, 'ann', 0);
      await advance(LEAVE_DELAY - 100);
      await say(backplane, 'ann', 0);
      expect(await roster(backplane)).toEqual({ ann: 0 });
      await advance(100);
      expect(await told(cluster, 2)).toEqual(['join "ann"', 'leave "ann"']);
      expect(await roster(backplane)).toEqual({});
      await say(backplane, 'ann', 1);
      expect(await told(cluster, 3)).toEqual(['join "ann"', 'leave "ann"', 'join "ann"']);
    });

    it.runIf(maker.advances)('tells nothing of a user who is back in time', async () => {
      const cluster = await startCluster(maker);
      const { backplane, open, advance } = cluster;
      await open('room');
      await say(backplane, 'ann', 1);
      await say(backplane, 'ann', 0);
      await advance(LEAVE_DELAY - 100);
      await say(backplane, 'ann', 1);
      await advance(LEAVE_DELAY);
      await say(backplane, 'bob', 1);
      await say(backplane, 'bob', 0, { leaveDelay: 0 });
      expect(await told(cluster, 3)).toEqual(['join "ann"', 'join "bob"', 'leave "bob"']);
    });

    it('tells nobody of a user who is said to have been here, nor where nobody is to be told', async () => {
      const cluster = await startCluster(maker);
      const { backplane, open } = cluster;
      await open('room');
      await say(backplane, 'ann', 1, { isQuiet: true });
      await say(backplane, 'bob', 1, { announcementJson: undefined });
      await say(backplane, 'bob', 0, { announcementJson: undefined, leaveDelay: 0 });
      await say(backplane, 'ann', 0, { leaveDelay: 0 });
      expect(await told(cluster, 1)).toEqual(['leave "ann"']);
    });

    it(`tells of joins and leaves while a channel has at most ${MAX_USERS_TOLD_OF} users`, async () => {
      const cluster = await startCluster(maker);
      const { backplane, open } = cluster;
      for (let user = 0; user < MAX_USERS_TOLD_OF - 1; user += 1) await say(backplane, `user-${user}`, 1);
      await open('room');
      await say(backplane, 'ann', 1);
      await say(backplane, 'bob', 1);
      await say(backplane, 'bob', 0, { leaveDelay: 0 });
      await say(backplane, 'ann', 0, { leaveDelay: 0 });
      expect(await told(cluster, 2)).toEqual(['join "ann"', 'leave "ann"']);
    });

    it('confuses no two names', async () => {
      const { backplane } = await startCluster(maker);
      const names = ['__proto__', 'constructor', 'a:b', 'a b', 'a\nb', 'ж', 'ANN', 'ann'];
      for (const name of names) await say(backplane, name, 1);
      expect((await backplane.members('room', 100)).map(({ userId }) => userId).toSorted()).toEqual(names.toSorted());
    });

    it('lists at most the number of members that is asked for', async () => {
      const { backplane } = await startCluster(maker);
      for (let index = 0; index < 20; index += 1) await say(backplane, `user-${index}`, 1);
      expect(new Set((await backplane.members('room', 7)).map(({ userId }) => userId)).size).toBe(7);
      expect(await backplane.members('room', 0)).toEqual([]);
      expect(await backplane.members('room', 100)).toHaveLength(20);
    });

    it('does not change a list that it has returned', async () => {
      const { backplane } = await startCluster(maker);
      await say(backplane, 'ann', 1);
      const members = await backplane.members('room', 10);
      await say(backplane, 'ann', 0);
      expect(members).toMatchObject([{ connections: 1 }]);
    });

    it('is independent of subscriptions: opening a channel makes no member', async () => {
      const { backplane, open } = await startCluster(maker);
      await open('room');
      expect((await backplane.presenceStats('room')).users).toBe(0);
    });

    it('tells of joins and leaves in turns, whatever all nodes say at once', async () => {
      const cluster = await startCluster(maker);
      const { backplanes, backplane, of, open } = cluster;
      await open('room');
      for (let round = 0; round < 30; round += 1) {
        await Promise.all(
          backplanes.map((_, index) => say(of(index), 'ann', (round + index) % 3 === 0 ? 0 : 1, { leaveDelay: 0 })),
        );
      }
      await Promise.all(backplanes.map((each) => say(each, 'ann', 0, { leaveDelay: 0 })));
      expect(await roster(backplane)).toEqual({});
      await say(backplane, 'end', 1);
      await vi.waitUntil(() => cluster.node.delivered.at(-1)?.dataJson === '"end"', { timeout: 20_000, interval: 5 });
      const kinds = cluster.node.delivered.slice(0, -1).map(({ kind }) => kind);
      expect(kinds.length).toBeGreaterThan(1);
      expect(kinds).toEqual(kinds.map((_, index) => (index % 2 === 0 ? 'join' : 'leave')));
      expect(kinds.at(-1)).toBe('leave');
    });

    // Several nodes: a user may have a connection on each.
    it.runIf(maker.nodes > 1)('adds up the connections of all nodes', async () => {
      const cluster = await startCluster(maker);
      const { backplanes, backplane, of, open } = cluster;
      await open('room');
      for (const each of backplanes) await say(each, 'ann', 2);
      expect(await roster(backplane)).toEqual({ ann: 2 * backplanes.length });
      await say(of(1), 'ann', 0, { leaveDelay: 0 });
      expect(await roster(backplane)).toEqual({ ann: 2 * (backplanes.length - 1) });
      expect(await told(cluster, 1)).toEqual(['join "ann"']);
    });

    it.runIf(maker.nodes > 1)('ends with its node: users leave at once who are not on another one', async () => {
      const cluster = await startCluster(maker);
      const { backplane, of, open } = cluster;
      await open('room');
      await say(of(0), 'ann', 1);
      await say(of(1), 'ann', 3);
      await say(of(1), 'bob', 2);
      await of(1).detach();
      expect(await roster(backplane)).toEqual({ ann: 1 });
      expect(await told(cluster, 3)).toEqual(['join "ann"', 'join "bob"', 'leave "bob"']);
    });
  });
}
