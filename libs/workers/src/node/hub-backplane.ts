import { Logger } from '@nestjs/common';
import {
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
import { type HubBackplaneOptions, resolveOptions } from './hub-backplane.options.js';
import { socketWires } from './wire.js';
import { WorkerNode, type WorkerNodeListener } from './worker-node.js';

const START_MS = 10_000;
const NO_FAILURES: ReadonlyMap<string, unknown> = new Map();

/** Connects the workers of one machine through its hub. What it guarantees: docs/cluster.md. */
export class HubBackplane extends Backplane {
  private readonly log = new Logger(HubBackplane.name);
  private readonly options: ReturnType<typeof resolveOptions>;
  private node: WorkerNode | undefined;
  private state: BackplaneHealth = { state: 'degraded', since: Date.now(), reason: 'The hub was not reached yet.' };

  /**
   * @param now a monotonic clock, in ms
   * @throws Error with a sentence for an operator, when an option is wrong
   */
  constructor(
    options: HubBackplaneOptions,
    private readonly now: () => number = () => performance.now(),
  ) {
    super();
    this.options = resolveOptions(options);
  }

  override get health(): BackplaneHealth {
    return this.state;
  }

  /** @throws Error with a sentence for an operator, if the hub is not there within 10 s */
  override async start(node: BackplaneNode): Promise<void> {
    if (this.node !== undefined) throw new Error('A node has joined this backplane already.');
    const { path, recentMaxBytes } = this.options;
    const listener: WorkerNodeListener = {
      live: () => this.becomeLive(node.id),
      degraded: (reason) => this.degrade(reason, node.id),
      warn: (sentence) => this.log.warn({ node: node.id, msg: sentence }),
    };
    const joined = new WorkerNode(node, socketWires(path), recentMaxBytes, listener, this.now);
    this.node = joined;
    try {
      await joined.start(START_MS);
    } catch (error) {
      await this.detach();
      throw error;
    }
  }

  override async detach(): Promise<void> {
    const { node } = this;
    this.node = undefined;
    this.state = { state: 'degraded', since: Date.now(), reason: 'The node has left the cluster.' };
    await node?.leave();
  }

  override async open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const error = this.node === undefined ? left() : await this.node.channels.open(channels);
    return error === undefined ? NO_FAILURES : new Map(channels.map((channel) => [channel, error]));
  }

  override async close(channel: string): Promise<void> {
    await this.node?.close(channel);
  }

  override async publish(publication: NewPublication): Promise<Receipt> {
    return this.joined.publisher.publish(publication);
  }

  override async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    return this.joined.history.read(channel, query);
  }

  override async positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>> {
    return this.joined.history.positions(seen);
  }

  override async clearHistory(channel: string): Promise<void> {
    await this.joined.history.clear(channel);
  }

  override async acknowledge(channel: string, userId: string, position: Position): Promise<void> {
    await this.joined.history.acknowledge(channel, userId, position);
  }

  override async acknowledged(channel: string, userId: string): Promise<Position | undefined> {
    return this.joined.history.acknowledged(channel, userId);
  }

  override async present(update: PresenceUpdate): Promise<void> {
    await this.joined.presence.present(update);
  }

  override async members(channel: string, limit: number): Promise<readonly Member[]> {
    return this.joined.presence.members(channel, limit);
  }

  override async presenceStats(channel: string): Promise<PresenceStats> {
    return this.joined.presence.stats(channel);
  }

  override async dispatch(command: NodeCommand, node?: string): Promise<CommandOutcome> {
    return this.joined.commands.dispatch(command, node);
  }

  override async ask(question: Question, signal: QuestionSignal, node?: string): Promise<AskOutcome> {
    return this.joined.commands.ask(question, signal, node);
  }

  private get joined(): WorkerNode {
    if (this.node === undefined) throw left();
    return this.node;
  }

  private becomeLive(node: string): void {
    this.state = { state: 'live', since: Date.now() };
    this.log.log({ node, msg: 'The hub is reached' });
  }

  private degrade(reason: string, node: string): void {
    this.state = { state: 'degraded', since: Date.now(), reason };
    this.log.warn({ node, reason, msg: 'The hub is lost' });
  }
}

const left = (): Error => new BackplaneUnavailableError('not_done', 'The node is not in the cluster.');
