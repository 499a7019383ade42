import type { Position } from '@skreaver/protocol';
import { AckedPositions } from './acked-positions.js';
import {
  type AskOutcome,
  Backplane,
  type BackplaneHealth,
  type BackplaneNode,
  type CommandOutcome,
  type CommandResult,
  type HistoryLimits,
  type HistoryPage,
  type HistoryQuery,
  type Member,
  MAX_USERS_TOLD_OF,
  type NewPublication,
  type NodeCommand,
  type PresenceStats,
  type PresenceUpdate,
  type Publication,
  type PublishedContent,
  type Question,
  type QuestionSignal,
  type Receipt,
} from './backplane.js';
import { type Clock, systemClock } from './clock.js';
import { EventStreams } from './event-streams.js';
import { IdempotencyWindow } from './idempotency-window.js';
import { KeyHash } from './key-hash.js';
import { MemoryPresence, type PresenceChange } from './memory-presence.js';
import { publicationOf } from './publication-of.js';
import { SerialDelivery } from './serial-delivery.js';

const SWEEP_INTERVAL_MS = 250;
/** The shares of the bound for these; the rest, at least half, is for events and for channels with subscribers. */
const SHARES = { ackedPositions: 1 / 4, idleChannels: 1 / 4 };
const MAX_KEYS = 300_000;
/** The name of the only node, unless several share the memory. */
const THIS_NODE = '';
const NOBODY: AskOutcome = { asked: 0, refused: 0 };
const NO_EFFECT: CommandResult = { affected: 0 };
const NO_FAILURES: ReadonlyMap<string, unknown> = new Map();

/** The owner of an idempotency key. */
export type KeyOwner = 'application' | 'client';

export interface IdempotencyOptions {
  /** Keys of the application, and as many of all clients together. Default: 300,000. */
  readonly maxKeys?: number;
  /** Hears of each key that was forgotten before its five minutes were over. */
  readonly forgotten?: (owner: KeyOwner) => void;
}

/**
 * A cluster of one. A publication is appended, numbered and delivered before `publish` returns its promise.
 *
 * Memory is bounded by `maxBytes` (estimated: `memory-cost.ts`). Idempotency keys are not part of it; their number is
 * bounded. Acknowledged positions, and positions of channels without events and subscribers, each have a share.
 * Eviction begins with the channel published to longest ago: it loses its oldest events until it has none, then the
 * next channel does. Their positions stay. A channel that loses its position begins a new epoch when it is used again.
 * A channel with subscribers never loses it: these positions (about 360 bytes each) may exceed the bound once no events
 * are left.
 * @example
 * ```ts
 * import { MemoryBackplane, SkreaverWsModule } from '@skreaver/nestjs-ws';
 *
 * SkreaverWsModule.forRoot({ backplane: { useFactory: () => new MemoryBackplane(64 * 1024 * 1024) } });
 * ```
 */
export class MemoryBackplane extends Backplane {
  override readonly health: BackplaneHealth = { state: 'live', since: Date.now() };
  private readonly openChannels = new Set<string>();
  private readonly streams: EventStreams;
  private readonly keyHash = new KeyHash();
  /** Apart, so that clients cannot push out what the application has published. */
  private readonly keys: Readonly<Record<KeyOwner, IdempotencyWindow>>;
  private readonly acked: AckedPositions;
  private readonly presence = new MemoryPresence();
  private readonly turn = new SerialDelivery();
  private node: BackplaneNode | undefined;
  private sweeper: NodeJS.Timeout | undefined;

  /** @param maxBytes see `historyMaxBytes` */
  constructor(
    private readonly maxBytes: number,
    private readonly clock: Clock = systemClock,
    { maxKeys = MAX_KEYS, forgotten = () => {} }: IdempotencyOptions = {},
  ) {
    super();
    this.streams = new EventStreams(clock, this.openChannels, maxBytes * SHARES.idleChannels);
    const keysOf = (owner: KeyOwner) => new IdempotencyWindow(clock, maxKeys, () => forgotten(owner));
    this.keys = { application: keysOf('application'), client: keysOf('client') };
    this.acked = new AckedPositions(maxBytes * SHARES.ackedPositions);
  }

  /** The estimated bytes of events and positions. */
  get bytes(): number {
    return this.streams.bytes + this.acked.bytes;
  }

  /** The estimated bytes of idempotency keys. */
  get keyBytes(): number {
    return this.keys.application.bytes + this.keys.client.bytes;
  }

  /** @throws Error when a node has joined already: a process joins once */
  override async start(node: BackplaneNode): Promise<void> {
    if (this.node !== undefined) throw new Error('A node has joined this backplane already.');
    this.node = node;
    this.sweeper = setInterval(this.sweep, SWEEP_INTERVAL_MS).unref();
  }

  override async detach(): Promise<void> {
    clearInterval(this.sweeper);
    this.node = undefined;
    const { application, client } = this.keys;
    for (const memory of [this.openChannels, this.streams, application, client, this.acked, this.presence])
      memory.clear();
  }

  override async open(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    for (const channel of channels) {
      this.openChannels.add(channel);
      this.streams.setOpen(channel, true);
    }
    return NO_FAILURES;
  }

  override async close(channel: string): Promise<void> {
    this.openChannels.delete(channel);
    this.streams.setOpen(channel, false);
    this.keepWithinBound();
  }

  /**
   * Delivered before this returns, unless another publication is just being delivered.
   * @throws what the node threw, against its contract; the event is published all the same
   */
  override async publish(publication: NewPublication): Promise<Receipt> {
    const { channel, userId, idempotencyKey } = publication;
    const keys = this.keys[userId === undefined ? 'application' : 'client'];
    const key = idempotencyKey === undefined ? undefined : this.keyHash.of(channel, userId, idempotencyKey);
    const seen = key === undefined ? undefined : keys.find(key);
    if (seen !== undefined) return { delivered: 0, position: seen.position, duplicate: true };

    const event = this.accept(publication);
    const mirrored = this.acceptMirrored(publication, event.timestamp);
    const { position } = event;
    if (key !== undefined) keys.remember(userId ?? '', key, position);
    if (position !== undefined || mirrored?.position !== undefined) this.keepWithinBound();
    const delivered = this.deliverOpen(event, mirrored);
    if (delivered === undefined) return { delivered: 0, position };
    return { delivered: typeof delivered === 'number' ? delivered : await delivered, position };
  }

  override async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    const page = this.streams.read(this.streams.of(channel), query);
    this.keepWithinBound();
    return page;
  }

  /** How long the channel keeps an event, in ms, as its last publication said; 0 where there was none. */
  historyTtl(channel: string): number {
    return this.streams.find(channel)?.keptFor ?? 0;
  }

  override async positions(seen: ReadonlyMap<string, unknown>): Promise<ReadonlyMap<string, Position>> {
    const positions = new Map<string, Position>();
    for (const channel of seen.keys()) positions.set(channel, this.streams.of(channel).top);
    this.keepWithinBound();
    return positions;
  }

  override async clearHistory(channel: string): Promise<void> {
    this.streams.clearEvents(channel);
    this.keepWithinBound();
  }

  /**
   * Loses a channel's events, its position and what users have acknowledged in it, as a crash would: the next event has
   * offset 1 of a new epoch. Subscribers of this moment are told so at that event.
   */
  loseHistory(channel: string): void {
    this.streams.forget(channel);
  }

  override async acknowledge(channel: string, userId: string, { epoch, offset }: Position): Promise<void> {
    const top = this.streams.find(channel)?.top;
    if (top?.epoch !== epoch || top.offset < offset) return;
    // The stream's own string: that of the caller may be a part of a message, and keep all of it.
    this.acked.store(channel, userId, { epoch: top.epoch, offset });
    this.keepWithinBound();
  }

  override async acknowledged(channel: string, userId: string): Promise<Position | undefined> {
    const position = this.acked.find(channel, userId);
    return position?.epoch === this.streams.find(channel)?.epoch ? position : undefined;
  }

  override present(update: PresenceUpdate): Promise<void> {
    return this.presentOn(THIS_NODE, update);
  }

  /** Says how many connections a user has on one of several nodes that share this memory. */
  async presentOn(node: string, update: PresenceUpdate): Promise<void> {
    const change = this.presence.set(node, update, this.clock.elapsed());
    if (change !== undefined && update.isQuiet !== true) await this.tell(change);
  }

  /** Sets all connections of a node to 0, as it has left. */
  async removeNode(node: string, leaveDelay: number): Promise<void> {
    await Promise.all(
      this.presence.removeNode(node, leaveDelay, this.clock.elapsed()).map((change) => this.tell(change)),
    );
  }

  override async members(channel: string, limit: number): Promise<readonly Member[]> {
    return this.presence.members(channel, limit);
  }

  override async presenceStats(channel: string): Promise<PresenceStats> {
    return this.presence.stats(channel);
  }

  override async dispatch(command: NodeCommand, node?: string): Promise<CommandOutcome> {
    const { affected, replyJson } = (await this.nodeOf(node)?.execute(command)) ?? NO_EFFECT;
    return { affected, replies: replyJson === undefined ? [] : [replyJson], unconfirmed: 0 };
  }

  override async ask(question: Question, signal: QuestionSignal, node?: string): Promise<AskOutcome> {
    return this.nodeOf(node)?.ask(question, signal) ?? NOBODY;
  }

  /** Returns this node, unless another one is meant. */
  private nodeOf(id: string | undefined): BackplaneNode | undefined {
    return id === undefined || id === this.node?.id ? this.node : undefined;
  }

  private accept(publication: NewPublication): Publication {
    const { channel, history, kind } = publication;
    return this.place(channel, publication, kind === undefined ? history : undefined, this.clock.now(), kind);
  }

  private acceptMirrored(publication: NewPublication, timestamp: number): Publication | undefined {
    const { channel: mirroredFrom, mirror, kind } = publication;
    if (mirror === undefined || kind !== undefined) return undefined;
    return this.place(mirror.channel, { ...publication, mirroredFrom }, mirror.history, timestamp);
  }

  /** Makes an event of a channel, and keeps it there where there are limits. */
  private place(
    channel: string,
    content: PublishedContent,
    history: HistoryLimits | undefined,
    timestamp: number,
    kind?: Publication['kind'],
  ): Publication {
    if (history === undefined) return publicationOf(channel, content, timestamp, undefined, kind);
    return this.streams.append(this.streams.of(channel), content, history, timestamp);
  }

  /** Returns undefined if neither channel is open. */
  private deliverOpen(event: Publication, mirrored: Publication | undefined): number | Promise<number> | undefined {
    const { node, openChannels } = this;
    if (node === undefined) return undefined;
    const open = mirrored !== undefined && openChannels.has(mirrored.channel) ? mirrored : undefined;
    if (openChannels.has(event.channel)) return this.turn.deliver(node, event, open);
    return open === undefined ? undefined : this.turn.deliver(node, open);
  }

  /** Publishes a join or leave, in the step in which it takes place. */
  private async tell({ kind, channel, announcementJson, users }: PresenceChange): Promise<void> {
    if (announcementJson === undefined || users > MAX_USERS_TOLD_OF) return;
    await this.deliverOpen(
      publicationOf(channel, { dataJson: announcementJson }, this.clock.now(), undefined, kind),
      undefined,
    );
  }

  private keepWithinBound(): void {
    this.streams.shrinkTo(this.maxBytes - this.acked.bytes);
  }

  private readonly sweep = (): void => {
    this.streams.sweep();
    this.keys.application.sweep();
    this.keys.client.sweep();
    this.keepWithinBound();
    // Nobody waits for these: a node that throws, against its contract, breaks nothing.
    for (const change of this.presence.expire(this.clock.elapsed())) this.tell(change).catch(() => undefined);
  };
}
