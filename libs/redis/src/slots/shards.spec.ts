import { describe, expect, it } from 'vitest';
import { continued } from './shards.js';
import type { Primary } from './slot-map.js';

const primary = (id: string, partitions: readonly number[], replicas: readonly string[] = []): Primary => ({
  id,
  host: id,
  port: 6379,
  partitions,
  hasControl: false,
  replicas: replicas.map((each) => ({ id: each, host: each, port: 6379 })),
});
const shards = [{ primary: primary('a', [0, 1, 2], ['a1']) }, { primary: primary('b', [3, 4, 5], ['b1']) }];
const names = (...primaries: readonly Primary[]): (string | undefined)[] =>
  continued(primaries, shards).map((shard) => shard?.primary.id);

describe('a primary of a Redis Cluster', () => {
  it('continues its shard, whatever slots it has now', () => {
    expect(names(primary('b', [0]), primary('a', [3, 4, 5]))).toEqual(['b', 'a']);
  });

  it('continues that of the primary whose replica it was', () => {
    expect(names(primary('a', [3]), primary('b1', [0, 1, 2, 4, 5]))).toEqual(['a', 'b']);
  });

  it('continues that of one that is gone, if it has most of its partitions', () => {
    expect(names(primary('new', [2, 3, 4, 5]), primary('a', [0, 1]))).toEqual(['b', 'a']);
  });

  it('is a new one where no primary is gone, or it has nothing of it', () => {
    expect(names(primary('a', [0]), primary('b', [3]), primary('new', [1, 2]))).toEqual(['a', 'b', undefined]);
    expect(names(primary('a', [0]), primary('new', [6]))).toEqual(['a', undefined]);
  });
});
