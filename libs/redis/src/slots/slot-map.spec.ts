import { describe, expect, it } from 'vitest';
import { PARTITIONS } from '../keys/partition.js';
import { readSlotMap, unserved } from './slot-map.js';

const asked = { host: 'asked', port: 7000 };
const server = (id: string, host: string | null = id): unknown[] => [host, 6379, id, []];

describe('the slot map of a Redis Cluster', () => {
  it('gives each partition to the primary of its slot, and each primary its replicas', () => {
    const [one, other] = readSlotMap(
      [
        [8192, 16_383, server('b'), server('b1')],
        [0, 8191, server('a')],
      ],
      asked,
    );
    expect(one).toMatchObject({ id: 'a', host: 'a', port: 6379, replicas: [] });
    expect(other).toMatchObject({ id: 'b', replicas: [{ id: 'b1', host: 'b1', port: 6379 }] });
    expect([one!.partitions.length, other!.partitions.length]).toEqual([PARTITIONS / 2, PARTITIONS / 2]);
    expect([one!.hasControl, other!.hasControl].filter(Boolean)).toHaveLength(1);
    expect(unserved([one!, other!])).toBe(0);
  });

  it('joins the ranges of one primary, and leaves out one without a partition', () => {
    const map = readSlotMap(
      [
        [0, 63, server('a')],
        [64, 127, server('b')],
        [128, 191, server('a')],
        [16_383, 16_383, server('c')],
      ],
      asked,
    );
    expect(map.map(({ id, partitions }) => [id, partitions])).toEqual([
      ['a', [0, 2]],
      ['b', [1]],
    ]);
    expect(unserved(map)).toBe(PARTITIONS - 3);
  });

  it.each([null, '', '?'])('has a server that says %j of its host be where it was asked', (host) => {
    expect(readSlotMap([[0, 16_383, server('a', host)]], asked)).toMatchObject([{ host: 'asked', port: 6379 }]);
  });
});
