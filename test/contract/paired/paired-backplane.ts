import type { Position } from '@skreaver/protocol';
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
  type Publication,
  type Question,
  type QuestionSignal,
  type Receipt,
} from '../../../src/backplane/index.js';
import { COMMANDS_KEPT, isKept } from '../../../src/clustering/index.js';
import type { PairedBackplanes } from '../paired-backplanes.js';
import { OrderedWay } from './ordered-way.js';
import type { WaitingCommand } from './waiting-command.js';

/** Longer than a command waits for a node that does not confirm it. */
const LEASE_MS = 7000;
/** A node that is cut off for longer does not learn what it missed. */

/** One node's way to the engine of the cluster. */
export class PairedBackplane extends Backplane {
  /** That of the node, once it has joined. */
  id = '';
  hasEnded = false;
  private readonly there: OrderedWay;
  private readonly back: OrderedWay;
  private readonly channels = new Set<string>();
  private node: BackplaneNode | undefined;
  /** One more each time the node is cut off: what was under way before is lost. */
  private connection = 0;
  /** Whether the engine reaches the node; the node has caught up a little later. */
  private isConnected = true;
  private hasCaughtUp = true;
  /** What has to wait until the node is connected again. */
  private readonly held: (() => void)[] = [];
  private cutAt = 0;
  private readonly cutListeners = new Set<() => void>();
  private callOffLapse = (): void => {};
  /** What was said last of users here. */
  private leaveDelay = 0;

  constructor(private readonly cluster: PairedBackplanes) {
    super();
    this.there = new OrderedWay(cluster.network.travel);
    this.back = new OrderedWay(cluster.network.travel);
  }

  override get health(): BackplaneHealth {
    return { state: this.hasCaughtUp ? 'live' : 'degraded', since: 0 };
  }

  get isReachable(): boolean {
    return this.isConnected;
  }

  override async start(node: BackplaneNode): Promise<void> {
    this.node = node;
    this.id = node.id;
    this.cluster.add(this);
  }

  /**
   * Cuts the node off from the engine. Its calls are refused, what is under way is lost, and after a time the others take
   * it for dead. Commands and questions to it wait until it is connected again.
   */
  cut(): void {
    if (!this.isConnected || this.hasEnded) return;
    this.isConnected = false;
    this.hasCaughtUp = false;
    this.connection += 1;
    this.cutAt = this.cluster.time.elapsed();
    this.callOffLapse = this.cluster.time.after(LEASE_MS, () => void this.cluster.bury(this, this.leaveDelay));
    for (const listener of this.cutListeners) listener();
    this.node?.interrupted();
  }

  /** Connects it again. It catches up on what was held, and on what was under way, before it gets anything later. */
  connect(): void {
    if (this.isConnected || this.hasEnded) return;
    this.isConnected = true;
    this.callOffLapse();
    this.cluster.add(this);
    const commands = this.cluster.time.elapsed() - this.cutAt > COMMANDS_KEPT.ms ? 'lost' : 'kept';
    this.sendBack(() => {
      this.hasCaughtUp = true;
      const held = this.held.splice(0);
      if (commands === 'kept') for (const act of held) act();
      this.node?.restored({ memory: 'kept', commands });
    });
  }

  /** Ends the node without a word, as if its lease had run out. Its users are away. */
  kill(): Promise<void> {
    return this.end(this.leaveDelay);
  }

  override detach(): Promise<void> {
    return this.end(0);
  }

  /** @returns how to stop listening */
  whenCut(act: () => void): () => void {
    this.cutListeners.add(act);
    return () => void this.cutListeners.delete(act);
  }

  isOpen(channel: string): boolean {
    return this.channels.has(channel);
  }

  checkPositions(): void {
    if (this.hasCaughtUp) this.node?.checkPositions();
  }

  /** @returns the number of connections that took it, when it has arrived */
  publication(publication: Publication): Promise<number> {
    const { connection } = this;
    const isLost = this.cluster.network.loses();
    return this.back.carry(() => {
      if (isLost || connection !== this.connection || !this.isOpen(publication.channel)) return 0;
      return this.node?.deliver(publication) ?? 0;
    });
  }

  command(command: NodeCommand, waiting: WaitingCommand): void {
    const execute = (): void => {
      const result = this.node?.execute(command) ?? { affected: 0 };
      waiting.begin(this);
      void Promise.resolve(result).then((done) => waiting.finish(this, done));
    };
    if (isKept(command)) this.sendWhenConnected(execute);
    else this.sendBack(execute);
  }

  question(question: Question, signal: AbortSignal, hear: (outcome: AskOutcome) => void): void {
    this.sendWhenConnected(() => {
      const asked = this.node?.ask(structuredClone(question), signal);
      void asked?.then((outcome) => hear(crossed(outcome)));
    });
  }

  override async open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    try {
      await this.request(async () => {
        for (const channel of channels) this.channels.add(channel);
        await this.cluster.memory.open(channels);
      });
      return new Map();
    } catch (error) {
      return new Map(channels.map((channel) => [channel, error]));
    }
  }

  override async close(channel: string): Promise<void> {
    this.channels.delete(channel);
    if (!this.cluster.isOpen(channel)) await this.cluster.memory.close(channel);
  }

  override publish(publication: NewPublication): Promise<Receipt> {
    return this.request(() => this.cluster.publish(this, publication));
  }

  override history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    return this.request(() => this.cluster.memory.history(channel, query));
  }

  override positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>> {
    return this.request(() => this.cluster.memory.positions(seen));
  }

  override clearHistory(channel: string): Promise<void> {
    return this.request(() => this.cluster.memory.clearHistory(channel));
  }

  override acknowledge(channel: string, userId: string, position: Position): Promise<void> {
    return this.request(() => this.cluster.memory.acknowledge(channel, userId, position));
  }

  override acknowledged(channel: string, userId: string): Promise<Position | undefined> {
    return this.request(() => this.cluster.memory.acknowledged(channel, userId));
  }

  override present(update: PresenceUpdate): Promise<void> {
    this.leaveDelay = update.leaveDelay;
    return this.request(() => this.cluster.memory.presentOn(this.id, update));
  }

  override members(channel: string, limit: number): Promise<readonly Member[]> {
    return this.request(() => this.cluster.memory.members(channel, limit));
  }

  override presenceStats(channel: string): Promise<PresenceStats> {
    return this.request(() => this.cluster.memory.presenceStats(channel));
  }

  override dispatch(command: NodeCommand, node?: string): Promise<CommandOutcome> {
    return this.arrived(() => this.cluster.dispatch(this, command, node));
  }

  /** Rejects, and withdraws the question, when this node is cut off or ends. */
  override async ask(question: Question, signal: QuestionSignal, node?: string): Promise<AskOutcome> {
    const withdrawal = new AbortController();
    const withdraw = (): void => withdrawal.abort();
    if (signal.aborted) withdraw();
    signal.addEventListener('abort', withdraw);
    let stopListening = (): void => {};
    try {
      return await Promise.race([
        this.arrived(() => this.cluster.ask(question, withdrawal.signal, node)),
        new Promise<never>((_resolve, reject) => (stopListening = this.whenCut(() => reject(away('unknown'))))),
      ]);
    } finally {
      stopListening();
      withdraw();
      signal.removeEventListener('abort', withdraw);
    }
  }

  private async end(leaveDelay: number): Promise<void> {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.connection += 1;
    this.callOffLapse();
    this.node = undefined;
    for (const listener of this.cutListeners) listener();
    for (const channel of this.channels) await this.close(channel);
    await this.cluster.remove(this, leaveDelay);
  }

  /** Has the engine do something, and waits for its answer. */
  private async request<T>(act: () => Promise<T>): Promise<T> {
    const { connection } = this;
    const answer = await this.arrived(act);
    await this.back.carry(() => {});
    if (connection !== this.connection) throw away('unknown');
    return answer;
  }

  /** Has the engine do something, and returns with what it does. */
  private async arrived<T>(act: () => Promise<T>): Promise<T> {
    if (this.hasEnded || !this.hasCaughtUp) throw away('not_done');
    const { connection } = this;
    return this.there.carry(() => {
      if (connection !== this.connection) throw away('unknown');
      return act();
    });
  }

  /** Sends something to the node, which is lost if it is cut off meanwhile. */
  private sendBack(act: () => void): void {
    const { connection } = this;
    void this.back.carry(() => {
      if (this.isConnected && connection === this.connection) act();
    });
  }

  private sendWhenConnected(act: () => void): void {
    void this.back.carry(() => {
      if (this.hasCaughtUp) act();
      else this.held.push(act);
    });
  }
}

/** Commands that a node which was cut off executes when it is back. What is sent to users is of the moment. */

/** A copy of the answer, as it crosses nodes. */
function crossed(outcome: AskOutcome): AskOutcome {
  if (outcome.answer === undefined) return outcome;
  const { dataJson, dataBinary } = outcome.answer;
  return { answer: structuredClone({ dataJson, dataBinary }) };
}

const away = (outcome: 'not_done' | 'unknown'): BackplaneUnavailableError =>
  new BackplaneUnavailableError(outcome, 'The node does not reach the engine.');
