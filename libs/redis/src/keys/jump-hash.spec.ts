import { describe, expect, it } from 'vitest';
import { jumpHash } from './jump-hash.js';

const PARTITIONS = Array.from({ length: 256 }, (_, partition) => partition);
const spread = (buckets: number): number[] => PARTITIONS.map((partition) => jumpHash(partition, buckets));

describe('the jump hash of the partitions', () => {
  it.each([1, 2, 3, 5, 8])('spreads them about evenly over %i', (buckets) => {
    const counts = Array.from(
      { length: buckets },
      (_, bucket) => spread(buckets).filter((each) => each === bucket).length,
    );
    expect(Math.min(...counts)).toBeGreaterThan((256 / buckets) * 0.75);
    expect(Math.max(...counts)).toBeLessThan((256 / buckets) * 1.25);
  });

  it.each([1, 2, 3, 7])('moves partitions only to the one that comes to %i others', (buckets) => {
    const [before, after] = [spread(buckets), spread(buckets + 1)];
    for (const partition of PARTITIONS) expect([before[partition], buckets]).toContain(after[partition]);
  });

  it.each([
    [1, 1, 0],
    [42, 57, 43],
    [0xdead10cc, 666, 361],
    [256, 1024, 520],
  ])('puts the key %i of %i buckets where other implementations do', (key, buckets, bucket) => {
    expect(jumpHash(key, buckets)).toBe(bucket);
  });
});
