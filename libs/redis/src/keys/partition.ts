import { SLOTS, slotOf } from './slot.js';

/** Keys of one partition share a hash tag, and so a slot of Redis Cluster. */
export const PARTITIONS = 256;
const SLOTS_OF_PARTITION = SLOTS / PARTITIONS;

/**
 * The tag of each partition: the shortest text whose slot is one of the partition's 64. So the partitions are even over any
 * number of equal ranges of slots.
 */
export const PARTITION_TAGS: readonly string[] = shortestTags();

/** The number of the partition that a channel belongs to, by FNV-1a of its name. */
export function partitionOf(channel: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < channel.length; index += 1) {
    hash = Math.imul(hash ^ channel.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
}

function shortestTags(): string[] {
  const tags: string[] = [];
  for (let number = 0, found = 0; found < PARTITIONS; number += 1) {
    const tag = number.toString(36);
    const partition = Math.floor(slotOf(tag) / SLOTS_OF_PARTITION);
    if (tags[partition] !== undefined) continue;
    tags[partition] = tag;
    found += 1;
  }
  return tags;
}
