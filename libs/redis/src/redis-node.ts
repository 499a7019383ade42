import { hash } from 'node:crypto';
import {
  type BackplaneHealth,
  type BackplaneNode,
  BackplaneUnavailableError,
  type NewPublication,
  type Receipt,
} from '@skreaver/nestjs-ws';
import { RecentEvents } from '@skreaver/nestjs-ws/clustering';
import type { Position } from '@skreaver/protocol';
import type { ClientAddresses } from './cluster/client-addresses.js';
import { ClusterCommands } from './cluster/cluster-commands.js';
import { Layout } from './cluster/layout.js';
import { jumpHash } from './keys/jump-hash.js';
import { Keys } from './keys/keys.js';
import { PARTITIONS } from './keys/partition.js';
import type { EngineFactory } from './link/engine.js';
import { UnfitRedisError } from './link/link-errors.js';
import { RedisPart } from './redis-part.js';
import type { TestTime } from './test-time.js';

export interface RedisNodeSettings {
  /** Each is the way to one Redis. */
  readonly engines: readonly EngineFactory[];
  readonly prefix: string;
  readonly recentMaxBytes: number;
  readonly time: TestTime;
}

/** What a node of the cluster tells its process. */
export interface RedisNodeListener {
  healthIs(health: BackplaneHealth): void;
  warn(sentence: string): void;
}

/** This process in the cluster, from start to detach: one part for each Redis. */
export class RedisNode {
  readonly commands: ClusterCommands;
  /** Those in the first Redis, which count. */
  readonly addresses: ClientAddresses;
  private readonly parts: readonly RedisPart[];
  /** The part of each partition. */
  private readonly partOfPartition: readonly RedisPart[];
  private readonly keys: Keys;
  private readonly recent: RecentEvents;
  private readonly layout: Layout;

  constructor(
    node: BackplaneNode,
    { engines, prefix, recentMaxBytes, time }: RedisNodeSettings,
    private readonly listener: RedisNodeListener,
  ) {
    const isAll = engines.length === 1;
    // Beside its mirror, so that both get an event in one step. In one Redis that is so anyway.
    this.keys = isAll ? new Keys(prefix) : new Keys(prefix, (channel) => node.mirrors?.of(channel) ?? channel);
    const { keys } = this;
    this.recent = new RecentEvents(recentMaxBytes, () => time() || performance.now());
    const told = { changed: () => this.tellHealth(), warn: (sentence: string) => listener.warn(sentence) };
    const context = { node, keys, recent: this.recent, time, listener: told, isAll };
    this.parts = engines.map((engine, index) => {
      const partitions = (): number[] => this.partitionsOf(part);
      const holds = (channel: string): boolean => this.partOf(channel) === part;
      const part: RedisPart = new RedisPart(engine, { ...context, holds, partitions, place: index + 1 });
      return part;
    });
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => jumpHash(partition, engines.length));
    this.partOfPartition = partitions.map((index) => this.parts[index] as RedisPart);
    const [first] = this.parts as [RedisPart];
    this.commands = new ClusterCommands(first.link, keys, node, () => time() || performance.now());
    first.commands = this.commands;
    this.addresses = first.addresses;
    const links = this.parts.map(({ link }) => link);
    this.layout = new Layout(
      links,
      keys,
      node.id,
      hash('sha1', node.mirrors?.signature ?? '', 'base64url').slice(0, 8),
    );
  }

  /** @throws Error with a sentence for an operator */
  async start(withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    await Promise.all(this.parts.map((part, index) => this.connect(part, index, withinMs)));
    for (;;) {
      try {
        const layouts = await this.layout.agree();
        await Promise.all(this.parts.map((part, index) => part.join(layouts[index] ?? '')));
        return;
      } catch (error) {
        // A link has fallen meanwhile.
        const isOver = error instanceof UnfitRedisError || performance.now() >= until;
        if (isOver || !(error instanceof BackplaneUnavailableError)) throw error;
        await Promise.all(this.parts.map(({ link }) => link.whenLive(until - performance.now())));
      }
    }
  }

  /** The part that holds a channel. */
  partOf(channel: string): RedisPart {
    return this.partOfPartition[this.keys.partitionOf(channel)] as RedisPart;
  }

  private partitionsOf(part: RedisPart): number[] {
    return this.partOfPartition.flatMap((each, partition) => (each === part ? [partition] : []));
  }

  /** @returns the errors by channel */
  async open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const failures = new Map<string, unknown>();
    const openings = [...this.byPart(channels, (channel) => channel)].map(async ([part, ofPart]) => {
      const error = await part.channels.open(ofPart);
      if (error !== undefined) for (const channel of ofPart) failures.set(channel, error);
    });
    await Promise.all(openings);
    return failures;
  }

  publish(publication: NewPublication): Promise<Receipt> {
    const { channel, mirror } = publication;
    const part = this.partOf(channel);
    if (mirror !== undefined && this.partOf(mirror.channel) !== part) {
      throw new Error('A publication has a mirror that is not the one of its channel.');
    }
    return part.publisher.publish(publication);
  }

  async positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>> {
    const readings = [...this.byPart(seen, ([channel]) => channel)].map(([part, ofPart]) =>
      part.history.positions(new Map(ofPart)),
    );
    return new Map((await Promise.all(readings)).flatMap((tops) => [...tops]));
  }

  /** Leaves the cluster: at once where Redis is there, else with the end of the lease. */
  async leave(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.leave()));
    this.recent.clear();
  }

  private async connect(part: RedisPart, index: number, withinMs: number): Promise<void> {
    try {
      await part.connect(withinMs);
    } catch (error) {
      throw new Error(this.withPlace(index, (error as Error).message), { cause: error });
    }
  }

  /** Says of which of several Redis a sentence is. */
  private withPlace(index: number, sentence: string): string {
    return this.parts.length === 1 ? sentence : `Redis ${index + 1} of ${this.parts.length}: ${sentence}`;
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
    const faults = this.parts.flatMap(({ fault }, index) =>
      fault === undefined ? [] : [this.withPlace(index, fault)],
    );
    const since = Date.now();
    this.listener.healthIs(
      faults.length === 0 ? { state: 'live', since } : { state: 'degraded', since, reason: faults.join(' ') },
    );
  }
}
