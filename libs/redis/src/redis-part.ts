import type { BackplaneNode, EnginePart, Publication } from '@skreaver/nestjs-ws';
import type { RecentEvents } from '@skreaver/nestjs-ws/clustering';
import type { ClientAddresses } from './cluster/client-addresses.js';
import type { ClusterCommands } from './cluster/cluster-commands.js';
import { Heartbeat, type Pulse } from './cluster/heartbeat.js';
import { PendingDeliveries } from './cluster/pending-deliveries.js';
import { RedisPresence } from './cluster/redis-presence.js';
import { type Arrival, decodeArrival } from './events/event-text.js';
import { generationOf } from './cluster/layout.js';
import { RedisHistory } from './events/redis-history.js';
import { RedisPublisher } from './events/redis-publisher.js';
import type { ControlKeys } from './keys/control-keys.js';
import type { Keys } from './keys/keys.js';
import type { EngineFactory } from './link/engine.js';
import { type LinkListener, RedisLink } from './link/redis-link.js';
import { OpenChannels } from './open-channels.js';
import { scripts } from './scripts/scripts.js';
import type { TestTime } from './test-time.js';

/** The last publication of a channel may be missed without a trace. */
const BEATS_BETWEEN_CHECKS = 30;

/** What a part tells its node. */
export interface RedisPartListener {
  /** Its link is live, or has fallen. */
  changed(): void;
  /** A slot is elsewhere in the cluster now, or the primary may be another one. */
  slotsMayDiffer(): void;
  warn(sentence: string): void;
}

/** What is kept once for all nodes, in one of the parts. */
export interface Home {
  readonly commands: ClusterCommands;
  readonly addresses: ClientAddresses;
}

/** What all parts of a node share. */
export interface RedisPartContext {
  readonly node: BackplaneNode;
  readonly keys: Keys;
  readonly recent: RecentEvents;
  readonly time: TestTime;
  readonly listener: RedisPartListener;
  /** Whether a channel is in this part. */
  readonly holds: (channel: string) => boolean;
  /** The partitions that are in this part. */
  readonly partitions: () => readonly number[];
  /** Its place among the parts, from 1. */
  readonly place: number;
  /** Whether there is no other part. */
  readonly isAll: boolean;
  /** Whether each part is a primary of a Redis Cluster. */
  readonly isSharded: boolean;
  /** The users with connections here, by channel, as they were said last. */
  readonly said: Map<string, Set<string>>;
  /** The next number of a publication of this node. */
  readonly nextPublication: () => number;
}

/**
 * One Redis, and what this process has of it: the channels that it holds, the members in them, and a lease. It fails and
 * comes back on its own.
 */
export class RedisPart implements EnginePart {
  readonly channels: OpenChannels;
  readonly publisher: RedisPublisher;
  readonly history: RedisHistory;
  readonly presence: RedisPresence;
  readonly link: RedisLink;
  /** Set for the part that has it. */
  home: Home | undefined;
  private control: ControlKeys;
  private isSettling = false;
  private readonly heartbeat: Heartbeat;
  private readonly deliveries = new PendingDeliveries();
  private readonly node: BackplaneNode;
  private readonly keys: Keys;
  private readonly recent: RecentEvents;
  private readonly listener: RedisPartListener;
  /** What all nodes agree on; undefined while this does not take part. */
  private agreed: string | undefined;
  /** Names what Redis remembered last. */
  private memory: string | undefined;
  /** Names its replication history. */
  private replication: string | undefined;
  /** Whether others may be counting off the members of this node, as its lease had ended. */
  private isCountedOff = false;
  /** Whether Redis has forgotten everything since the node was told so. */
  private isForgotten = false;
  private beats = 0;
  /** What the node was told of the link: undefined before it was live. */
  private isInterrupted: boolean | undefined;

  constructor(
    engines: EngineFactory,
    private readonly context: RedisPartContext,
  ) {
    const { node, keys, recent, time, listener, partitions, said, nextPublication } = context;
    [this.node, this.keys, this.recent, this.listener] = [node, keys, recent, listener];
    this.control = keys.control;
    const link = new RedisLink(engines, scripts, this.linkListener(), context.isSharded);
    this.link = link;
    this.channels = new OpenChannels(link, keys);
    const generation = (): string => generationOf(this.agreed ?? '');
    const control = (): ControlKeys => this.control;
    this.history = new RedisHistory(link, keys, recent, this.channels, time, generation);
    const { channels, deliveries } = this;
    this.publisher = new RedisPublisher(link, keys, node.id, deliveries, channels, time, generation, nextPublication);
    this.presence = new RedisPresence(link, keys, node.id, time, partitions, control, said);
    this.heartbeat = new Heartbeat(
      link,
      control,
      node.id,
      () => this.layout,
      (pulse) => this.feel(pulse),
    );
  }

  private linkListener(): LinkListener {
    return {
      message: (name, message) => this.receive(name, message),
      moved: () => this.context.listener.slotsMayDiffer(),
      rising: () => this.rise(),
      live: () => this.becomeLive(),
      fallen: (reason) => this.fall(reason),
      warn: (sentence) => this.context.listener.warn(sentence),
    };
  }

  /** What is compared in this Redis: in a cluster it stands once, with the commands. */
  private get layout(): string {
    return this.context.isSharded && this.home === undefined ? '' : (this.agreed ?? '');
  }

  /** Why this part is away, in one sentence; undefined while it is live. */
  get fault(): string | undefined {
    return this.isInterrupted === false ? undefined : this.link.fault;
  }

  /** Where nodes keep what they say of themselves in this Redis. */
  get controlKeys(): ControlKeys {
    return this.control;
  }

  holds(channel: string): boolean {
    return this.context.holds(channel);
  }

  /** Connects, and does nothing yet. @throws Error with a sentence for an operator */
  connect(withinMs: number): Promise<void> {
    return this.link.start(withinMs);
  }

  /** Takes part, with the layout that the nodes have agreed on, whenever the link is live. */
  async join(layout: string): Promise<void> {
    this.agreed = layout;
    await this.rise();
    this.becomeLive();
  }

  /** Connects however long it takes, and takes part then: for a primary that has come while the nodes run. */
  async comeIn(layout: string): Promise<void> {
    this.agreed = layout;
    await this.connect(Infinity);
  }

  /** Goes on with other keys, or begins to have what is kept once. */
  async settle(control: ControlKeys, home: Home | undefined): Promise<void> {
    const isSame = control.tag === this.control.tag && home === this.home;
    if (isSame || this.isSettling) return;
    if (!this.link.isLive) {
      this.settleFor(control, home);
      return;
    }
    this.isSettling = true;
    try {
      home?.commands.hold();
      await this.link.subscribe(this.namesOf(control, home));
      this.settleFor(control, home);
      this.remember(await this.heartbeat.beat());
      await home?.commands.catchUp();
    } finally {
      this.isSettling = false;
    }
    if (home?.commands.takeMissed() === true) this.node.restored({ memory: 'kept', commands: 'lost' }, this.concerned);
  }

  /** Gives the channels of partitions away that are in another Redis now. */
  release(partitions: ReadonlySet<number>): string[] {
    const released = this.channels.release(partitions);
    for (const channel of released) this.deliveries.closed(channel);
    return released;
  }

  /** Takes part no more, as it has no partitions. What is under way goes on. */
  endLease(): void {
    this.heartbeat.end();
    this.agreed = undefined;
    if (this.isInterrupted === true) this.restored();
    this.isInterrupted = undefined;
  }

  /** Disconnects a part that takes part no more. */
  retire(): void {
    this.endLease();
    this.link.stop();
    this.deliveries.giveUp();
  }

  async close(channel: string): Promise<void> {
    await this.channels.close(channel);
    this.recent.forget(channel);
    this.deliveries.closed(channel);
  }

  /** Leaves the cluster: at once where Redis is there, else with the end of the lease. */
  async leave(): Promise<void> {
    this.heartbeat.end();
    // First, so that other nodes hear that its questions are withdrawn.
    this.home?.commands.end();
    if (this.link.isLive) await this.countOff(this.node.id).catch(() => undefined);
    this.isInterrupted = undefined;
    this.channels.clear();
    this.link.stop();
    this.deliveries.giveUp();
  }

  /** Revokes before events: what was revoked while the link was down gets nothing that is published later. */
  private async rise(): Promise<void> {
    if (this.agreed === undefined) return;
    const { control, home } = this;
    const commands = home?.commands;
    commands?.hold();
    await this.link.subscribe(this.namesOf(control, home));
    const pulse = await this.heartbeat.beat();
    if (!pulse.isKnown && this.isInterrupted !== undefined) this.isCountedOff = true;
    if (this.isCountedOff) await this.fence();
    await commands?.catchUp(this.mayHaveForgotten(pulse));
    await this.channels.reopen();
    this.remember(pulse);
  }

  /** Whether Redis may not have all that it had when this node was there last. */
  private mayHaveForgotten({ memory, replication }: Pulse): boolean {
    return this.memory !== undefined && (this.memory !== memory || this.replication !== replication);
  }

  private namesOf(control: ControlKeys, home: Home | undefined): string[] {
    const inbox = control.inbox(this.node.id);
    return home === undefined ? [inbox] : [inbox, this.keys.everyNode];
  }

  private settleFor(control: ControlKeys, home: Home | undefined): void {
    // What another Redis remembers is compared with nothing.
    if (control.tag !== this.control.tag) this.memory = undefined;
    [this.control, this.home] = [control, home];
  }

  private becomeLive(): void {
    if (this.agreed === undefined) return;
    this.heartbeat.begin();
    const wasInterrupted = this.isInterrupted === true;
    this.isInterrupted = false;
    this.listener.changed();
    if (wasInterrupted) {
      this.node.observer?.reconnected(this.context.place);
      this.restored();
    }
    this.isForgotten = false;
  }

  private fall(reason: string): void {
    this.heartbeat.end();
    this.deliveries.giveUp();
    this.home?.commands.interrupted(reason);
    this.context.listener.slotsMayDiffer();
    if (this.isInterrupted === undefined) return;
    this.isInterrupted = true;
    this.listener.changed();
    this.node.interrupted(this.concerned);
  }

  /** What the node is told that it concerns. */
  private get concerned(): EnginePart | undefined {
    return this.context.isAll ? undefined : this;
  }

  private restored(): void {
    const commands = this.home?.commands.takeMissed() === true ? 'lost' : 'kept';
    this.node.restored({ memory: this.isForgotten ? 'lost' : 'kept', commands }, this.concerned);
  }

  private remember({ seconds, memory, replication }: Pulse): void {
    this.node.observer?.answered(seconds, this.context.place);
    if (this.memory !== undefined && this.memory !== memory) this.isForgotten = true;
    [this.memory, this.replication] = [memory, replication];
    this.inBackground(this.presence.audit(replication));
  }

  private feel(pulse: Pulse): void {
    this.remember(pulse);
    this.home?.commands.nodesAre(pulse.live);
    // The lease has ended, or nothing is left of it: others have counted this node's members off.
    if (!pulse.isKnown) this.isCountedOff = true;
    if (this.isCountedOff || this.isForgotten) this.inBackground(this.comeBack());
    for (const node of pulse.dead) this.inBackground(this.countOff(node));
    if (pulse.isSweeper) this.inBackground(this.presence.sweep());
    this.inBackground(this.presence.refresh());
    if (this.home !== undefined) this.inBackground(this.home.addresses.refresh());
    this.beats += 1;
    if (this.beats % BEATS_BETWEEN_CHECKS === 0) this.node.checkPositions(this.concerned);
  }

  /** Presence comes last: a node is forgotten with its members. */
  private async countOff(node: string): Promise<void> {
    await this.home?.addresses.countOff(node);
    await (node === this.node.id ? this.presence.leave() : this.presence.reaper.reap(node));
  }

  private async fence(): Promise<void> {
    await this.presence.reaper.fence();
    this.isCountedOff = false;
  }

  private async comeBack(): Promise<void> {
    if (this.isCountedOff) await this.fence();
    this.node.interrupted(this.concerned);
    this.restored();
    this.isForgotten = false;
  }

  private receive(name: string, message: Buffer): void {
    if (name === this.keys.everyNode) {
      this.home?.commands.receive(message);
    } else if (name === this.control.inbox(this.node.id)) {
      if (isProbe(message)) this.heartbeat.probed();
      else this.home?.commands.receive(message);
    } else {
      this.receiveEvent(this.keys.channelOf(name), message);
    }
  }

  private receiveEvent(channel: string, message: Buffer): void {
    if (!this.channels.has(channel)) return;
    const arrival = decodeArrival(channel, message);
    if (arrival?.kind === 'cleared') this.recent.forget(channel);
    if (arrival?.kind === 'event') this.deliver(arrival.publication, arrival);
  }

  private deliver(publication: Publication, { origin, ttl }: Arrival & { kind: 'event' }): void {
    const { channel, position } = publication;
    if (position !== undefined) this.recent.add({ ...publication, position }, ttl);
    const pending = this.deliveries.find(origin);
    let delivered = 0;
    try {
      delivered = this.node.deliver(publication);
    } catch (error) {
      if (pending === undefined) this.listener.warn(`A node has thrown, against its contract: ${String(error)}`);
      else pending.error = error;
    }
    pending?.arrive(channel, delivered);
  }

  /** What is done again at the next beat need not be reported. */
  private inBackground(work: Promise<void>): void {
    work.catch(() => undefined);
  }
}

const isProbe = (message: Buffer): boolean => message[0] === 'b'.charCodeAt(0);
