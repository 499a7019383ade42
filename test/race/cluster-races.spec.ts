import { describe, expect, it } from 'vitest';
import { CHANNEL, type ClusterWorld, clusterAction, runCluster } from './cluster-world.js';
import { explorer } from './explore.js';

const holds = explorer(clusterAction, runCluster, (world) => world.end());
const holdsOnceSettled = (...judges: readonly ((world: ClusterWorld) => void | Promise<void>)[]): Promise<void> =>
  holds(async (world) => {
    await world.settle();
    for (const judge of judges) await judge(world);
  });

/** Nothing was lost, doubled or reordered without a word, and nothing passed a revoke. */
const areHonest = ({ findings }: ClusterWorld): void => expect(findings).toEqual([]);

async function haveReachedAll({ cluster, clients }: ClusterWorld): Promise<void> {
  const { top } = await cluster.memory.history(CHANNEL, { limit: 0 });
  for (const { isSubscribed, view } of clients) if (isSubscribed) expect(view.position).toEqual(top);
}

async function areAsTheirReceiptsSay({ cluster, published }: ClusterWorld): Promise<void> {
  const { publications } = await cluster.memory.history(CHANNEL, { limit: 1000 });
  for (const { data, outcome } of published) {
    const positions = publications.flatMap((each) => (each.dataJson === String(data) ? [each.position] : []));
    if (outcome === 'not_done') expect(positions).toEqual([]);
    else if (outcome === 'unknown') expect(positions.length).toBeLessThanOrEqual(1);
    else expect(positions).toEqual([outcome]);
  }
}

function areThoseToldOf({ clients, rigs }: ClusterWorld): void {
  for (const { connection, isSubscribed } of clients) {
    const held = rigs.flatMap(({ subscriptions }) => subscriptions.subscriptionsOf(connection.id));
    expect(held).toEqual(isSubscribed ? [CHANNEL] : []);
  }
}

async function areTheMembers({ cluster, clients }: ClusterWorld): Promise<void> {
  const expected: Record<string, number> = {};
  for (const { connection, isSubscribed } of clients) {
    const { userId = '' } = connection;
    if (isSubscribed) expected[userId] = (expected[userId] ?? 0) + 1;
  }
  const members = await cluster.memory.members(CHANNEL, 10);
  expect(Object.fromEntries(members.map(({ userId, connections }) => [userId, connections]))).toEqual(expected);
}

describe('three nodes whose network is late, loses publications and breaks', { timeout: 180_000 }, () => {
  it('lose, double and reorder no event without a word, let none past a revoke, and give true receipts', () =>
    holdsOnceSettled(areHonest, haveReachedAll, areAsTheirReceiptsSay));

  it('have the subscriptions that their clients were told of, and show them as members', () =>
    holdsOnceSettled(areThoseToldOf, areTheMembers));
});
