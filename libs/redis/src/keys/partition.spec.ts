import { describe, expect, it } from 'vitest';
import { PARTITION_TAGS, partitionOf } from './partition.js';
import { slotOf } from './slot.js';

describe('the slot of a tag', () => {
  it.each([
    ['123456789', 12_739],
    ['foo', 12_182],
    ['', 0],
  ])('of %j is %i, as in Redis Cluster', (tag, slot) => {
    expect(slotOf(tag)).toBe(slot);
  });
});

describe('the partitions', () => {
  it('have tags of at most three characters, each in the 64 slots of its partition', () => {
    expect(PARTITION_TAGS).toHaveLength(256);
    for (const [partition, tag] of PARTITION_TAGS.entries()) {
      expect(Math.floor(slotOf(tag) / 64)).toBe(partition);
      expect(tag).toMatch(/^[0-9a-z]{1,3}$/);
    }
  });

  it('share channels about evenly', () => {
    const channels = new Map<number, number>();
    for (let index = 0; index < 25_600; index += 1) {
      const partition = partitionOf(`room:${index}`);
      channels.set(partition, (channels.get(partition) ?? 0) + 1);
    }
    expect(channels.size).toBe(256);
    expect(Math.max(...channels.values())).toBeLessThan(200);
  });
});
