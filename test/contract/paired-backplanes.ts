import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position } from '@skreaver/protocol';
import {
  Backplane,
  type BackplaneNode,
  type HistoryPage,
  type HistoryQuery,
  type Member,
  type MemoryBackplane,
  type NewPublication,
  type NodeCommand,
  type PresenceStats,
  type Publication,
  type Receipt,
} from '../../src/backplane/index.js';

/**
 * A cluster of several nodes in one process: they share one memory, and what one publishes reaches each of them later, in
 * order, as it would through a network.
 */
export class PairedBackplanes {
  private readonly members = new Set<PairedBackplane>();
  /** Where the publication that is being published goes, and what will become of it there. */
  private arrivals = new Map<PairedBackplane, Promise<number>>();

  constructor(readonly memory: MemoryBackplane) {
    memory.attach({
      deliver: (publication) => this.deliver(publication),
      execute: (command) => this.execute(command),
    });
  }

  member(): PairedBackplane {
    return new PairedBackplane(this);
  }

  add(member: PairedBackplane): void {
    this.members.add(member);
  }

  async remove(member: PairedBackplane): Promise<void> {
    this.members.delete(member);
    if (this.members.size === 0) await this.memory.detach();
  }

  isOpen(channel: string): boolean {
    return [...this.members].some((member) => member.isOpen(channel));
  }

  /** The memory delivers before its `publish` returns, so that no other publication is in between. */
  async publish(publisher: PairedBackplane, publication: NewPublication): Promise<Receipt> {
    this.arrivals = new Map();
    const published = this.memory.publish(publication);
    const arrival = this.arrivals.get(publisher);
    const receipt = await published;
    return { ...receipt, delivered: (await arrival) ?? 0 };
  }

  private deliver(publication: Publication): number {
    for (const member of this.members) {
      const arrival = member.arriveLater(publication);
      // Whoever waits for it hears what a broken node threw.
      arrival.catch(() => undefined);
      this.arrivals.set(member, arrival);
    }
    return 0;
  }

  private execute(command: NodeCommand): number {
    return [...this.members].reduce((met, member) => met + member.execute(command), 0);
  }
}

class PairedBackplane extends Backplane {
  private readonly channels = new Set<string>();
  private node: BackplaneNode | undefined;

  constructor(private readonly cluster: PairedBackplanes) {
    super();
  }

  override attach(node: BackplaneNode): void {
    this.node = node;
    this.cluster.add(this);
  }

  override async detach(): Promise<void> {
    for (const channel of this.channels) await this.close(channel);
    this.node = undefined;
    await this.cluster.remove(this);
  }

  isOpen(channel: string): boolean {
    return this.channels.has(channel);
  }

  async arriveLater(publication: Publication): Promise<number> {
    await nextTurn();
    return this.isOpen(publication.channel) ? (this.node?.deliver(publication) ?? 0) : 0;
  }

  execute(command: NodeCommand): number {
    return this.node?.execute(command) ?? 0;
  }

  override async open(channel: string): Promise<void> {
    this.channels.add(channel);
    await this.cluster.memory.open(channel);
  }

  override async close(channel: string): Promise<void> {
    this.channels.delete(channel);
    if (!this.cluster.isOpen(channel)) await this.cluster.memory.close(channel);
  }

  override publish(publication: NewPublication): Promise<Receipt> {
    return this.cluster.publish(this, publication);
  }

  override history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    return this.cluster.memory.history(channel, query);
  }

  override acknowledge(channel: string, userId: string, position: Position): Promise<void> {
    return this.cluster.memory.acknowledge(channel, userId, position);
  }

  override acknowledged(channel: string, userId: string): Promise<Position | undefined> {
    return this.cluster.memory.acknowledged(channel, userId);
  }

  override join(channel: string, userId: string, infoJson: string | undefined): Promise<boolean> {
    return this.cluster.memory.join(channel, userId, infoJson);
  }

  override leave(channel: string, userId: string): Promise<number> {
    return this.cluster.memory.leave(channel, userId);
  }

  override forget(channel: string, userId: string): Promise<boolean> {
    return this.cluster.memory.forget(channel, userId);
  }

  override members(channel: string, limit: number): Promise<readonly Member[]> {
    return this.cluster.memory.members(channel, limit);
  }

  override presenceStats(channel: string): Promise<PresenceStats> {
    return this.cluster.memory.presenceStats(channel);
  }

  override dispatch(command: NodeCommand): Promise<number> {
    return this.cluster.memory.dispatch(command);
  }
}
