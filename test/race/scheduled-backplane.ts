import type * as fc from 'fast-check';
import {
  type AskOutcome,
  Backplane,
  type BackplaneHealth,
  type BackplaneNode,
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
} from '../../src/backplane/index.js';
import type { Position } from '@skreaver/protocol';

export interface BackplaneWatcher {
  /** Right before the node gets it. */
  delivering?(publication: Publication): void;
  /** Right before the node carries it out. */
  commanding?(command: NodeCommand): void;
}

/**
 * A backplane as far away as the scheduler pleases: what it is asked is done later, and what it answers arrives later still.
 * Publications keep their order, as they must.
 */
export class ScheduledBackplane extends Backplane {
  /** Open, as the backplane knows it. */
  readonly openChannels = new Set<string>();
  private node: BackplaneNode | undefined;
  private readonly onTheWay: Publication[] = [];

  /** @param distance steps that a publication takes; 0: it arrives before `publish` returns, as in memory */
  constructor(
    private readonly inner: Backplane,
    private readonly scheduler: fc.Scheduler,
    private readonly distance: number,
    private watcher: BackplaneWatcher = {},
  ) {
    super();
  }

  /** Publications that the node has not got. */
  get isQuiet(): boolean {
    return this.onTheWay.length === 0;
  }

  override get health(): BackplaneHealth {
    return this.inner.health;
  }

  override start(node: BackplaneNode): Promise<void> {
    this.node = node;
    return this.inner.start({
      id: node.id,
      ask: (question, signal) => this.there('asked', () => node.ask(question, signal)),
      mirrors: node.mirrors,
      interrupted: (part) => node.interrupted(part),
      restored: (engine, part) => node.restored(engine, part),
      checkPositions: (part) => node.checkPositions(part),
      deliver: (publication) => (this.distance > 0 ? this.send(publication) : this.arrive(publication)),
      execute: (command) => {
        this.watcher.commanding?.(command);
        return node.execute(command);
      },
    });
  }

  /** Lets go of everybody: a test keeps its backplanes until it ends. */
  override detach(): Promise<void> {
    this.node = undefined;
    this.watcher = {};
    return this.inner.detach();
  }

  override open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    return this.there(`open ${channels.join(', ')}`, async () => {
      const failures = await this.inner.open(channels);
      for (const channel of channels) this.openChannels.add(channel);
      return failures;
    });
  }

  override close(channel: string): Promise<void> {
    return this.there(`close ${channel}`, async () => {
      this.openChannels.delete(channel);
      await this.inner.close(channel);
    });
  }

  /** Appended at once: two publications of one turn keep their order. */
  override async publish(publication: NewPublication): Promise<Receipt> {
    const receipt = await this.inner.publish(publication);
    await this.step(`published ${publication.channel}`);
    return receipt;
  }

  override history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    return this.there(`history ${channel}`, () => this.inner.history(channel, query));
  }

  override positions(seen: ReadonlyMap<string, Position | undefined>): Promise<ReadonlyMap<string, Position>> {
    return this.there('positions', () => this.inner.positions(seen));
  }

  override clearHistory(channel: string): Promise<void> {
    return this.there('clear history', () => this.inner.clearHistory(channel));
  }

  override acknowledge(channel: string, userId: string, position: Position): Promise<void> {
    return this.there('acknowledge', () => this.inner.acknowledge(channel, userId, position));
  }

  override acknowledged(channel: string, userId: string): Promise<Position | undefined> {
    return this.there('acknowledged', () => this.inner.acknowledged(channel, userId));
  }

  override present(update: PresenceUpdate): Promise<void> {
    return this.there(`present ${update.connections}`, () => this.inner.present(update));
  }

  override members(channel: string, limit: number): Promise<readonly Member[]> {
    return this.there('members', () => this.inner.members(channel, limit));
  }

  override presenceStats(channel: string): Promise<PresenceStats> {
    return this.there('presence stats', () => this.inner.presenceStats(channel));
  }

  override dispatch(command: NodeCommand, node?: string): Promise<CommandOutcome> {
    return this.there(`tell ${command.kind}`, () => this.inner.dispatch(command, node));
  }

  override ask(question: Question, signal: QuestionSignal, node?: string): Promise<AskOutcome> {
    return this.there('ask', () => this.inner.ask(question, signal, node));
  }

  private async there<T>(label: string, act: () => Promise<T>): Promise<T> {
    await this.step(label);
    const answer = await act();
    await this.step(`${label} done`);
    return answer;
  }

  private step(label: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), label);
  }

  private send(publication: Publication): number {
    this.onTheWay.push(publication);
    void this.arriveLater();
    return 0;
  }

  /** Of a channel that has been closed since, none is delivered any more. */
  private async arriveLater(): Promise<void> {
    for (let left = this.distance; left > 0; left -= 1) await this.step('on the way');
    const oldest = this.onTheWay.shift();
    if (oldest !== undefined && this.openChannels.has(oldest.channel)) this.arrive(oldest);
  }

  private arrive(publication: Publication): number {
    this.watcher.delivering?.(publication);
    return this.node?.deliver(publication) ?? 0;
  }
}
