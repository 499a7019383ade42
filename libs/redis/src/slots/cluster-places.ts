import { setTimeout as delay } from 'node:timers/promises';
import { type BackplaneNode, BackplaneUnavailableError } from '@skreaver/nestjs-ws';
import type { Layout } from '../cluster/layout.js';
import type { ControlKeys } from '../keys/control-keys.js';
import { CONTROL_TAG, type Keys } from '../keys/keys.js';
import { PARTITIONS, PARTITION_TAGS } from '../keys/partition.js';
import type { EngineFactory } from '../link/engine.js';
import { SlotMovedError, UnfitRedisError, refusalOf, isReply, sentenceOf } from '../link/link-errors.js';
import type { RedisLink } from '../link/redis-link.js';
import { type Places, joinAll } from '../places.js';
import type { Home, RedisPart } from '../redis-part.js';
import { LeaseCarrier } from './lease-carrier.js';
import { Moves } from './moves.js';
import { continued } from './shards.js';
import { type Place, type Primary, unserved } from './slot-map.js';
import { SlotWatch, type Way } from './slot-watch.js';

/** How long something is tried again whose slot is being moved. */
const MOVE_MS = 3000;
const START_PAUSE_MS = 200;
/** What is under way to a primary that has lost its slots is answered by then. */
const RETIRE_MS = 3000;

export interface ClusterWays {
  /** Some servers of the cluster, which know the others. */
  readonly seeds: readonly Place[];
  readonly connect: (place: Place) => EngineFactory;
}

export interface ClusterContext {
  readonly node: BackplaneNode;
  readonly keys: Keys;
  readonly createPart: (engines: EngineFactory) => RedisPart;
  readonly layoutOf: (link: RedisLink) => Layout;
  readonly home: Home;
  readonly changed: () => void;
  readonly warn: (sentence: string) => void;
}

/** A primary and its replicas: one of them takes its place when it fails. */
interface Shard {
  primary: Primary;
  readonly part: RedisPart;
}

/** The primaries of a Redis Cluster: its slot map says which has which partitions, and changes while the nodes run. */
export class ClusterPlaces implements Places {
  private shards: Shard[] = [];
  /** Primaries that have come while the node runs, until they can be used. */
  private coming: Shard[] = [];
  private readonly retiring = new Set<RedisPart>();
  private readonly partOfPartition: RedisPart[] = [];
  /** The same, but undefined where no primary has a partition now. */
  private readonly served: (RedisPart | undefined)[] = [];
  private homePart: RedisPart | undefined;
  private layout = '';
  /** Knows of a move that others may not know of yet. */
  private knowing: RedisPart | undefined;
  private readonly watch: SlotWatch;
  private readonly moves: Moves;
  private readonly carrier: LeaseCarrier;

  constructor(
    private readonly ways: ClusterWays,
    private readonly context: ClusterContext,
  ) {
    const { node, keys } = context;
    this.watch = new SlotWatch(ways.connect, {
      ways: () => this.waysToAsk(),
      places: () => this.placesToAsk(),
      isUnsettled: () => this.isUnsettled,
      read: (primaries) => this.apply(primaries),
    });
    this.moves = new Moves(
      node,
      keys,
      (partition) => this.served[partition],
      () => this.watch.next(),
    );
    this.carrier = new LeaseCarrier(node.id, (tag) => this.holderOf(tag));
  }

  get parts(): readonly RedisPart[] {
    return this.shards.map(({ part }) => part);
  }

  get home(): RedisPart {
    return this.homePart as RedisPart;
  }

  get fault(): string | undefined {
    const missing = this.shards.length === 0 ? 0 : this.served.filter((part) => part === undefined).length;
    return missing === 0 ? undefined : faultOf(missing);
  }

  of(partition: number): RedisPart {
    return this.partOfPartition[partition] as RedisPart;
  }

  /** A slot was found to be elsewhere, or a primary is away. */
  doubt(part: RedisPart): void {
    this.knowing = part;
    this.watch.doubt();
  }

  async start(withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    const primaries = await this.find(until);
    this.shards = primaries.map((primary) => this.shardFor(primary));
    this.assign();
    this.homePart = this.shards.find(({ primary }) => primary.hasControl)?.part ?? this.parts[0];
    for (const { part, primary } of this.shards) void part.settle(this.controlOf(primary), this.homeOf(part));
    await Promise.all(this.parts.map((part) => part.connect(until - performance.now())));
    const layout = this.context.layoutOf(this.home.link);
    await joinAll(this.parts, layout, until);
    this.layout = (await layout.agree())[0] ?? '';
    this.watch.begin();
  }

  async retrying<T>(work: () => Promise<T>): Promise<T> {
    const until = performance.now() + MOVE_MS;
    let mayBeDone = false;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof BackplaneUnavailableError)) throw error;
        mayBeDone ||= error.outcome === 'unknown';
        if (!(error instanceof SlotMovedError) || performance.now() >= until) {
          throw mayBeDone ? new BackplaneUnavailableError('unknown', error.message) : error;
        }
        await this.watch.next();
        // What is published arrives here only where its channel is subscribed.
        await this.moves.settled(until - performance.now());
      }
    }
  }

  stop(): void {
    this.watch.stop();
    this.moves.stop();
    for (const { part } of this.coming) part.retire();
    for (const part of this.retiring) part.retire();
  }

  private get isUnsettled(): boolean {
    return this.moves.isMoving || this.coming.length > 0 || this.parts.some(({ link }) => !link.isLive);
  }

  private async find(until: number): Promise<readonly Primary[]> {
    for (;;) {
      let reason = '';
      for (const seed of this.ways.seeds) {
        try {
          const { primaries, needsAllSlots } = await this.watch.ask(seed);
          if (needsAllSlots) this.context.warn(NEEDS_ALL_SLOTS);
          if (unserved(primaries) === 0) return primaries;
          reason = faultOf(unserved(primaries));
        } catch (error) {
          const told = isReply(error) ? refusalOf(error).error : error;
          if (told instanceof UnfitRedisError) throw told;
          reason = sentenceOf(told);
        }
      }
      if (performance.now() >= until) throw new Error(`Redis cannot be used: ${reason}`);
      await delay(START_PAUSE_MS);
    }
  }

  private apply(primaries: readonly Primary[]): void {
    // A server that has forgotten its cluster knows nothing.
    if (primaries.length === 0) return;
    const former = this.shards.map(({ part }) => ({ part, control: part.controlKeys }));
    const found = continued(primaries, this.shards);
    const next: Shard[] = [];
    const coming: Shard[] = [];
    for (const [index, primary] of primaries.entries()) {
      const shard = found[index];
      if (shard !== undefined) next.push(this.follow(shard, primary));
      else this.comeIn(primary, next, coming);
    }
    const gone = this.shards.filter((shard) => !next.includes(shard));
    this.coming = coming;
    this.shards = next;
    const { changed, from } = this.assign();
    const left = gone.filter(({ part }) => !this.partOfPartition.includes(part));
    // One whose slots nobody has yet may come back with them.
    this.shards.push(...gone.filter((shard) => !left.includes(shard)));
    this.settle();
    if (changed.size > 0) void this.moves.begin(changed);
    void this.carry(former, from).catch(() => undefined);
    for (const { part } of left) void this.retire(part);
    if (changed.size > 0 || left.length > 0) this.context.changed();
  }

  /** A promoted replica is at another address than the primary that failed. */
  private follow(shard: Shard, primary: Primary): Shard {
    const { host, port } = shard.primary;
    shard.primary = primary;
    if (host !== primary.host || port !== primary.port) shard.part.link.moveOn(PROMOTED);
    return shard;
  }

  private comeIn(primary: Primary, next: Shard[], coming: Shard[]): void {
    const known = this.coming.find((shard) => shard.primary.id === primary.id);
    const shard = known ?? this.shardFor(primary);
    shard.primary = primary;
    if (shard.part.link.isLive) {
      next.push(shard);
      return;
    }
    coming.push(shard);
    if (known !== undefined) return;
    void shard.part.settle(this.controlOf(primary), undefined);
    void shard.part.comeIn(this.layout).then(
      () => this.watch.doubt(),
      (error: unknown) => this.context.warn(`A new primary of the Redis Cluster cannot be used: ${sentenceOf(error)}`),
    );
  }

  /** Gives each partition to the part that has it now. @returns those that are elsewhere than before, and from where */
  private assign(): { changed: Set<number>; from: Map<RedisPart, Set<RedisPart>> } {
    const owners: (RedisPart | undefined)[] = [];
    for (const { part, primary } of this.shards) for (const each of primary.partitions) owners[each] = part;
    const coming = new Set(this.coming.flatMap(({ primary }) => primary.partitions));
    const changed = new Set<number>();
    const from = new Map<RedisPart, Set<RedisPart>>();
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const owner = owners[partition];
      if (owner === this.served[partition] || (owner === undefined && coming.has(partition))) continue;
      changed.add(partition);
      this.served[partition] = owner;
      const before = this.partOfPartition[partition];
      if (owner === undefined || owner === before) continue;
      this.partOfPartition[partition] = owner;
      if (before !== undefined) {
        owner.channels.adopt(before.release(new Set([partition])));
        from.set(before, (from.get(before) ?? new Set()).add(owner));
      }
    }
    return { changed, from };
  }

  /** Has each part use keys in its own slots, and one of them what is kept once. */
  private settle(): void {
    const home = this.shards.find(({ primary }) => primary.hasControl)?.part ?? this.home;
    if (home !== this.home) {
      this.home.home = undefined;
      this.context.home.commands.interrupted('The slot of commands is in another primary of the Redis Cluster now.');
      this.homePart = home;
    }
    for (const { part, primary } of this.shards) {
      if (primary.partitions.length === 0 && !primary.hasControl) continue;
      void part.settle(this.controlOf(primary), this.homeOf(part)).catch(() => this.watch.doubt());
    }
  }

  private async carry(
    former: readonly { part: RedisPart; control: ControlKeys }[],
    from: ReadonlyMap<RedisPart, ReadonlySet<RedisPart>>,
  ): Promise<void> {
    for (const { part, control } of former) {
      for (const to of [...(from.get(part) ?? []), part]) await this.carrier.carry(control, to);
      if (this.parts.every(({ controlKeys }) => controlKeys.tag !== control.tag)) await this.carrier.leave(control);
    }
  }

  private async retire(part: RedisPart): Promise<void> {
    part.endLease();
    this.retiring.add(part);
    await delay(RETIRE_MS, undefined, { ref: false });
    if (this.retiring.delete(part)) part.retire();
  }

  private shardFor(primary: Primary): Shard {
    const shard: Shard = {
      primary,
      part: this.context.createPart((listener) => this.ways.connect(shard.primary)(listener)),
    };
    return shard;
  }

  private homeOf(part: RedisPart): Home | undefined {
    return part === this.home ? this.context.home : undefined;
  }

  private controlOf({ hasControl, partitions }: Primary): ControlKeys {
    const { keys } = this.context;
    return hasControl ? keys.control : keys.controlAt(PARTITION_TAGS[Math.min(...partitions)] ?? CONTROL_TAG);
  }

  private holderOf(tag: string): RedisPart | undefined {
    return tag === CONTROL_TAG ? this.home : this.served[PARTITION_TAGS.indexOf(tag)];
  }

  private waysToAsk(): Way[] {
    const ways = this.shards.map(({ part, primary }) => ({ link: part.link, place: primary }));
    return ways.toSorted((one, other) => this.rank(one) - this.rank(other));
  }

  private rank({ link }: Way): number {
    return link === this.knowing?.link ? 0 : 1;
  }

  private placesToAsk(): Place[] {
    return [...this.shards.flatMap(({ primary }) => [primary, ...primary.replicas]), ...this.ways.seeds];
  }
}

const PROMOTED = 'A replica has taken the place of a primary of the Redis Cluster.';
const NEEDS_ALL_SLOTS =
  'The Redis Cluster has cluster-require-full-coverage yes: while one primary is away, all channels are; set it to no.';

const faultOf = (missing: number): string =>
  `${missing} of ${PARTITIONS} partitions of channels are in slots that no primary of the Redis Cluster has.`;
