import { Logger } from '@nestjs/common';
import {
  type AddressClaim,
  type AskOutcome,
  Backplane,
  type BackplaneHealth,
  type BackplaneNode,
  BackplaneUnavailableError,
  type CommandOutcome,
  type HistoryPage,
  type HistoryQuery,
  type Member,
  type NewPublication,
  type NodeCommand,
  type PresenceStats,
  type PresenceUpdate,
  type Question,
  type QuestionSignal,
  type Receipt,
} from '@skreaver/nestjs-ws';
import type { Position } from '@skreaver/protocol';
import { ioredisEngines } from './link/ioredis-engine.js';
import type { EngineFactory } from './link/engine.js';
import { type RedisBackplaneOptions, type ResolvedWays, resolveOptions } from './redis-backplane.options.js';
import { RedisNode, type RedisNodeSettings } from './redis-node.js';
import type { Place } from './slots/slot-map.js';
import { RedisStartError } from './redis-start-error.js';
import { type TestTime, engineTime } from './test-time.js';

const START_MS = 10_000;

/**
 * Connects the nodes of a server through one Redis (6.2 or later) or Valkey, or several, each alone or behind Sentinel, or
 * through a Redis Cluster (7 or later). What it guarantees, and what becomes of it when Redis fails: docs/cluster.md.
 * @example
 * ```ts
 * import { SkreaverWsModule } from '@skreaver/nestjs-ws';
 * import { RedisBackplane } from '@skreaver/redis';
 *
 * SkreaverWsModule.forRoot({ backplane: { useFactory: () => new RedisBackplane({ url: 'redis://localhost' }) } });
 * ```
 */
export class RedisBackplane extends Backplane {
  private readonly log = new Logger(RedisBackplane.name);
  private readonly settings: RedisNodeSettings;
  private node: RedisNode | undefined;
  private state: BackplaneHealth = { state: 'degraded', since: Date.now(), reason: 'Redis was not reached yet.' };

  /**
   * @param time for tests in which time passes
   * @throws Error with a sentence for an operator, when an option is wrong
   */
  constructor(options: RedisBackplaneOptions, time: TestTime = engineTime) {
    super();
    const { prefix, recentMaxBytes, ...ways } = resolveOptions(options);
    this.settings = { engines: enginesOf(ways), prefix, recentMaxBytes, time };
  }

  override get health(): BackplaneHealth {
    return this.state;
  }

  /** @throws RedisStartError with a sentence for an operator, if a Redis is not there within 10 s or is unfit */
  override async start(node: BackplaneNode): Promise<void> {
    if (this.node !== undefined) throw new Error('A node has joined this backplane already.');
    const joined = new RedisNode(node, this.settings, {
      healthIs: (health) => this.become(health, node.id),
      warn: (sentence) => this.log.warn({ node: node.id, msg: sentence }),
    });
    this.node = joined;
    try {
      await joined.start(START_MS);
    } catch (error) {
      await this.detach();
      throw new RedisStartError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  override async detach(): Promise<void> {
    const { node } = this;
    this.node = undefined;
    this.state = { state: 'degraded', since: Date.now(), reason: 'The node has left the cluster.' };
    await node?.leave();
  }

  override async open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    return this.node?.open(channels) ?? new Map(channels.map((channel) => [channel, left()]));
  }

  override async close(channel: string): Promise<void> {
    await this.node?.partOf(channel).close(channel);
  }

  override async publish(publication: NewPublication): Promise<Receipt> {
    return this.joined.publish(publication);
  }

  override async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    return this.joined.at(channel, (part) => part.history.read(channel, query));
  }

  override async positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>> {
    return this.joined.positions(seen);
  }

  override async clearHistory(channel: string): Promise<void> {
    await this.joined.at(channel, (part) => part.history.clear(channel));
  }

  override async acknowledge(channel: string, userId: string, position: Position): Promise<void> {
    await this.joined.at(channel, (part) => part.history.acknowledge(channel, userId, position));
  }

  override async acknowledged(channel: string, userId: string): Promise<Position | undefined> {
    return this.joined.at(channel, (part) => part.history.acknowledged(channel, userId));
  }

  override async present(update: PresenceUpdate): Promise<void> {
    await this.joined.at(update.channel, (part) => part.presence.present(update));
  }

  override async members(channel: string, limit: number): Promise<readonly Member[]> {
    return this.joined.at(channel, (part) => part.presence.members(channel, limit));
  }

  override async presenceStats(channel: string): Promise<PresenceStats> {
    return this.joined.at(channel, (part) => part.presence.stats(channel));
  }

  override async claim(claims: readonly AddressClaim[], max: number): Promise<readonly number[]> {
    return this.joined.addresses.claim(claims, max);
  }

  override async dispatch(command: NodeCommand, node?: string): Promise<CommandOutcome> {
    return this.joined.commands.dispatch(command, node);
  }

  override async ask(question: Question, signal: QuestionSignal, node?: string): Promise<AskOutcome> {
    return this.joined.commands.ask(question, signal, node);
  }

  private get joined(): RedisNode {
    if (this.node === undefined) throw left();
    return this.node;
  }

  private become(health: BackplaneHealth, node: string): void {
    const { state, since } = this.state;
    const isSame = state === health.state;
    this.state = isSame ? { ...health, since } : health;
    if (health.state === 'degraded') this.log.warn({ node, reason: health.reason, msg: 'Redis is lost' });
    else if (!isSame) this.log.log({ node, msg: 'Redis is reached' });
  }
}

const left = (): Error => new BackplaneUnavailableError('not_done', 'The node is not in the cluster.');

function enginesOf({ addresses, isCluster, natMap, password, ca }: ResolvedWays): RedisNodeSettings['engines'] {
  const login = { password, ca, name: 'skreaver-ws' };
  const [first] = addresses;
  if (!isCluster || first === undefined) return addresses.map((address) => ioredisEngines(address, login));
  const connect = (place: Place): EngineFactory => {
    const { host, port } = natMap[`${place.host}:${place.port}`] ?? place;
    return ioredisEngines({ ...first, host, port }, { ...login, isSharded: true });
  };
  return { seeds: addresses, connect };
}
