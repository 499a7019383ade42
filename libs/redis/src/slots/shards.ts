import type { Primary } from './slot-map.js';

interface Shard {
  readonly primary: Primary;
}

/**
 * Finds which shard each primary continues: one keeps its id; one that was promoted was a replica before, or has most of the
 * partitions of a primary that is gone.
 * @returns the shard of each primary, in their order; undefined for a new one
 */
export function continued<S extends Shard>(
  primaries: readonly Primary[],
  shards: readonly S[],
): readonly (S | undefined)[] {
  const left = new Set(shards);
  const found = new Map<Primary, S>();
  const take = (primary: Primary, shard: S | undefined): void => {
    if (shard === undefined) return;
    left.delete(shard);
    found.set(primary, shard);
  };
  const missing = (): Primary[] => primaries.filter((primary) => !found.has(primary));
  for (const primary of missing())
    take(
      primary,
      find(left, (shard) => shard.primary.id === primary.id),
    );
  for (const primary of missing()) {
    take(
      primary,
      find(left, ({ primary: { replicas } }) => replicas.some(({ id }) => id === primary.id)),
    );
  }
  for (const primary of missing()) take(primary, mostOf(primary, left));
  return primaries.map((primary) => found.get(primary));
}

function mostOf<S extends Shard>({ partitions }: Primary, shards: Iterable<S>): S | undefined {
  const own = new Set(partitions);
  let most = 0;
  let best: S | undefined;
  for (const shard of shards) {
    const common = shard.primary.partitions.filter((partition) => own.has(partition)).length;
    if (common > most) [most, best] = [common, shard];
  }
  return best;
}

function find<T>(all: Iterable<T>, holds: (each: T) => boolean): T | undefined {
  for (const each of all) if (holds(each)) return each;
  return undefined;
}
