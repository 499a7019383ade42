import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Keys } from './keys.js';
import { PARTITIONS } from './partition.js';

const keys = new Keys('test:');
const name = fc.stringMatching(/^[A-Za-z0-9._:/-]{1,40}$/);

describe('Keys', () => {
  it('finds the channel of a Pub/Sub name', () => {
    fc.assert(
      fc.property(name, (channel) => {
        expect(keys.channelOf(keys.events(channel))).toBe(channel);
      }),
    );
  });

  it('begins every name with the prefix and the format', () => {
    const { arrivals, infos, announcements, counts, stats, away } = keys.presence('a');
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    const awayInAll = partitions.map((partition) => keys.away(partition));
    const channelsInAll = partitions.map((partition) => keys.channelsOfNodeIn(partition, 'n'));
    expect(awayInAll).toContain(away);
    expect(channelsInAll).toContain(keys.channelsOfNode('a', 'n'));
    const ofCluster = [
      keys.control.nodes,
      keys.control.sweeper,
      keys.control.memory,
      keys.commands,
      keys.everyNode,
      keys.control.inbox('n'),
      keys.control.reaper('n'),
    ];
    const ofChannel = [
      keys.events('a'),
      keys.position('a'),
      keys.history('a'),
      keys.acknowledged('a'),
      keys.idempotency('a', 'u', 'k'),
    ];
    const ofMembers = [arrivals, infos, announcements, counts, stats, keys.presenceOfNode('a', 'n')];
    const ofPartitions = [...channelsInAll, ...awayInAll, keys.fence(0, 'n')];
    const all = [ofCluster, ofChannel, ofMembers, ofPartitions].flat();
    for (const key of all) expect(key).toMatch(/^test:sk1:\{\w+\}:/);
    expect(new Set(all).size).toBe(all.length);
  });

  it('gives all keys of a channel one hash tag', () => {
    const { arrivals, away } = keys.presence('a');
    const tags = [arrivals, away, keys.position('a'), keys.events('a'), keys.idempotency('a', undefined, 'k')].map(
      (key) => /\{\w+\}/.exec(key)?.[0],
    );
    expect(new Set(tags).size).toBe(1);
  });

  it('confuses no two owners of an idempotency key', () => {
    const owned = fc.tuple(fc.option(fc.string(), { nil: undefined }), fc.string());
    fc.assert(
      fc.property(owned, owned, ([user, key], [otherUser, otherKey]) => {
        fc.pre(user !== otherUser || key !== otherKey);
        expect(keys.idempotency('a', user, key)).not.toBe(keys.idempotency('a', otherUser, otherKey));
      }),
    );
  });
});
