import type { Layout } from './cluster/layout.js';
import { jumpHash } from './keys/jump-hash.js';
import { PARTITIONS } from './keys/partition.js';
import { type Places, joinAll, withPlace } from './places.js';
import type { RedisPart } from './redis-part.js';

/** One Redis, or several that a list names: a jump hash says which has which partitions, as long as the server runs. */
export class ListedPlaces implements Places {
  readonly fault = undefined;
  readonly home: RedisPart;
  private readonly partOfPartition: readonly RedisPart[];

  constructor(
    readonly parts: readonly [RedisPart, ...RedisPart[]],
    private readonly layout: Layout,
  ) {
    [this.home] = parts;
    const indices = Array.from({ length: PARTITIONS }, (_, partition) => jumpHash(partition, parts.length));
    this.partOfPartition = indices.map((index) => parts[index] as RedisPart);
  }

  of(partition: number): RedisPart {
    return this.partOfPartition[partition] as RedisPart;
  }

  async start(withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    await Promise.all(this.parts.map((part, index) => this.connect(part, index, withinMs)));
    await joinAll(this.parts, this.layout, until);
  }

  retrying<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  stop(): void {
    // Nothing runs beside the parts.
  }

  private async connect(part: RedisPart, index: number, withinMs: number): Promise<void> {
    try {
      await part.connect(withinMs);
    } catch (error) {
      const sentence = withPlace('Redis', index, this.parts.length, (error as Error).message);
      throw new Error(sentence, { cause: error });
    }
  }
}
