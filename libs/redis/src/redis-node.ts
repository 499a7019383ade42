import { hash } from 'node:crypto';
import { type BackplaneHealth, type BackplaneNode, type NewPublication, type Receipt } from '@skreaver/nestjs-ws';
import { RecentEvents } from '@skreaver/nestjs-ws/clustering';
import type { Position } from '@skreaver/protocol';
import { ClientAddresses } from './cluster/client-addresses.js';
import { ClusterCommands } from './cluster/cluster-commands.js';
import { Layout } from './cluster/layout.js';
import { Keys } from './keys/keys.js';
import { PARTITIONS } from './keys/partition.js';
import type { EngineFactory } from './link/engine.js';
import { SlotMovedError } from './link/link-errors.js';
import type { RedisLink } from './link/redis-link.js';
import { ListedPlaces } from './listed-places.js';
import { type Places, withPlace } from './places.js';
import { type Home, RedisPart, type RedisPartContext } from './redis-part.js';
import { ClusterPlaces, type ClusterWays } from './slots/cluster-places.js';
import type { TestTime } from './test-time.js';

export interface RedisNodeSettings {
  /** Each is the way to one Redis; or the ways to a Redis Cluster. */
  readonly engines: readonly EngineFactory[] | ClusterWays;
  readonly prefix: string;
  readonly recentMaxBytes: number;
  readonly time: TestTime;
}

/** What a node of the cluster tells its process. */
export interface RedisNodeListener {
  healthIs(health: BackplaneHealth): void;
  warn(sentence: string): void;
}

type PartRules = Pick<RedisPartContext, 'isAll' | 'isSharded'>;

/** This process in the cluster, from start to detach: one part for each Redis. */
export class RedisNode {
  readonly commands: ClusterCommands;
  readonly addresses: ClientAddresses;
  private readonly places: Places;
  private readonly keys: Keys;
  private readonly recent: RecentEvents;
  private readonly said = new Map<string, Set<string>>();
  private publications = 0;
  private created = 0;

  constructor(
    private readonly node: BackplaneNode,
    private readonly settings: RedisNodeSettings,
    private readonly listener: RedisNodeListener,
  ) {
    const { engines, prefix, recentMaxBytes, time } = settings;
    const isAlone = Array.isArray(engines) && engines.length === 1;
    // Beside its mirror, so that both get an event in one step. In one Redis that is so anyway.
    this.keys = isAlone ? new Keys(prefix) : new Keys(prefix, (channel) => node.mirrors?.of(channel) ?? channel);
    const now = (): number => time() || performance.now();
    this.recent = new RecentEvents(recentMaxBytes, now);
    const way = (): RedisLink => this.places.home.link;
    this.commands = new ClusterCommands(way, this.keys, node, now);
    this.addresses = new ClientAddresses(way, this.keys, node.id);
    this.places = 'seeds' in engines ? this.inCluster(engines) : this.inList(engines);
  }

  /** @throws Error with a sentence for an operator */
  start(withinMs: number): Promise<void> {
    return this.places.start(withinMs);
  }

  /** The part that holds a channel. */
  partOf(channel: string): RedisPart {
    return this.places.of(this.keys.partitionOf(channel));
  }

  /** Does something where a channel is. */
  at<T>(channel: string, work: (part: RedisPart) => Promise<T>): Promise<T> {
    return this.places.retrying(() => work(this.partOf(channel)));
  }

  /** @returns the errors by channel */
  async open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const failures = new Map<string, unknown>();
    const openIn = async (part: RedisPart, ofPart: readonly string[]): Promise<void> => {
      const error = await part.channels.open(ofPart);
      for (const channel of ofPart) {
        if (error === undefined) failures.delete(channel);
        else failures.set(channel, error);
      }
    };
    let left = channels;
    const openLeft = async (): Promise<void> => {
      await Promise.all([...this.byPart(left, (channel) => channel)].map(([part, ofPart]) => openIn(part, ofPart)));
      left = [...failures].flatMap(([channel, error]) => (error instanceof SlotMovedError ? [channel] : []));
      if (left.length > 0) throw new SlotMovedError();
    };
    // What went wrong is among the failures.
    await this.places.retrying(openLeft).catch(() => undefined);
    return failures;
  }

  publish(publication: NewPublication): Promise<Receipt> {
    const { channel, mirror } = publication;
    if (mirror !== undefined && this.partOf(mirror.channel) !== this.partOf(channel)) {
      throw new Error('A publication has a mirror that is not the one of its channel.');
    }
    return this.at(channel, (part) => part.publisher.publish(publication));
  }

  /** @returns those that can be read. @throws what went wrong, where none can be */
  async positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>> {
    const tops = new Map<string, Position>();
    let failures: readonly unknown[] = [];
    const readLeft = async (): Promise<void> => {
      const left = [...seen].filter(([channel]) => !tops.has(channel));
      const byPart = [...this.byPart(left, ([channel]) => channel)];
      const readings = await Promise.all(byPart.map(([part, ofPart]) => part.history.positions(ofPart)));
      for (const reading of readings) for (const [channel, top] of reading.tops) tops.set(channel, top);
      failures = readings.flatMap((reading) => reading.failures);
      if (failures.some((error) => error instanceof SlotMovedError)) throw new SlotMovedError();
    };
    // What went wrong is among the failures.
    await this.places.retrying(readLeft).catch(() => undefined);
    if (tops.size === 0 && failures.length > 0) throw failures[0];
    return tops;
  }

  /** Leaves the cluster: at once where Redis is there, else with the end of the lease. */
  async leave(): Promise<void> {
    this.places.stop();
    this.said.clear();
    await Promise.all(this.places.parts.map((part) => part.leave()));
    this.recent.clear();
  }

  private get home(): Home {
    return { commands: this.commands, addresses: this.addresses };
  }

  private inList(engines: readonly EngineFactory[]): Places {
    const rules = { isAll: engines.length === 1, isSharded: false };
    const parts = engines.map((engine) => this.createPart(engine, rules)) as [RedisPart, ...RedisPart[]];
    parts[0].home = this.home;
    return new ListedPlaces(parts, this.layoutOf(parts.map(({ link }) => link)));
  }

  private inCluster(ways: ClusterWays): Places {
    const places: ClusterPlaces = new ClusterPlaces(ways, {
      node: this.node,
      keys: this.keys,
      createPart: (engines) =>
        this.createPart(engines, { isAll: false, isSharded: true }, (part) => places.doubt(part)),
      layoutOf: (link) => this.layoutOf([link], 'cluster'),
      home: this.home,
      changed: () => this.tellHealth(),
      warn: (sentence) => this.listener.warn(sentence),
    });
    return places;
  }

  private createPart(engines: EngineFactory, rules: PartRules, doubt?: (part: RedisPart) => void): RedisPart {
    const { node, keys, recent, said } = this;
    const warn = (sentence: string): void => this.listener.warn(sentence);
    const part: RedisPart = new RedisPart(engines, {
      ...rules,
      node,
      keys,
      recent,
      said,
      time: this.settings.time,
      listener: { changed: () => this.tellHealth(), slotsMayDiffer: () => doubt?.(part), warn },
      holds: (channel) => this.partOf(channel) === part,
      partitions: () => this.partitionsOf(part),
      place: (this.created += 1),
      nextPublication: () => (this.publications += 1),
    });
    return part;
  }

  private layoutOf(links: readonly RedisLink[], shape?: string): Layout {
    const rules = hash('sha1', this.node.mirrors?.signature ?? '', 'base64url').slice(0, 8);
    return new Layout(links, this.keys, this.node.id, rules, shape);
  }

  private partitionsOf(part: RedisPart): number[] {
    const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    return all.filter((partition) => this.places.of(partition) === part);
  }

  private byPart<T>(all: Iterable<T>, channelOf: (each: T) => string): Map<RedisPart, T[]> {
    const groups = new Map<RedisPart, T[]>();
    for (const each of all) {
      const part = this.partOf(channelOf(each));
      const group = groups.get(part);
      if (group === undefined) groups.set(part, [each]);
      else group.push(each);
    }
    return groups;
  }

  private tellHealth(): void {
    const { parts, fault } = this.places;
    const what = 'seeds' in this.settings.engines ? 'Primary' : 'Redis';
    const faults = parts.flatMap((part, index) =>
      part.fault === undefined ? [] : [withPlace(what, index, parts.length, part.fault)],
    );
    if (fault !== undefined) faults.push(fault);
    const since = Date.now();
    this.listener.healthIs(
      faults.length === 0 ? { state: 'live', since } : { state: 'degraded', since, reason: faults.join(' ') },
    );
  }
}
