import type { Position } from '@skreaver/protocol';
import { AckedPositions } from './acked-positions.js';
import {
  Backplane,
  type BackplaneNode,
  type HistoryPage,
  type HistoryQuery,
  type Member,
  type NewPublication,
  type NodeCommand,
  type PresenceStats,
  type Publication,
  type Receipt,
} from './backplane.js';
import { type Clock, systemClock } from './clock.js';
import { EventStreams } from './event-streams.js';
import { IdempotencyWindow } from './idempotency-window.js';
import { KeyHash } from './key-hash.js';
import { MemoryPresence } from './memory-presence.js';
import { SerialDelivery } from './serial-delivery.js';

const SWEEP_INTERVAL_MS = 250;
/** The shares of the bound for these; the rest, at least half, is for events and for channels with subscribers. */
const SHARES = { ackedPositions: 1 / 4, idleChannels: 1 / 4 };
const MAX_KEYS = 300_000;

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

  /** @throws Error when a node is attached already: a process joins once */
  override attach(node: BackplaneNode): void {
    if (this.node !== undefined) throw new Error('A node is attached to this backplane already.');
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

  override async open(channel: string): Promise<void> {
    this.openChannels.add(channel);
    this.streams.setOpen(channel, true);
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
    const { position } = event;
    if (key !== undefined) keys.remember(userId ?? '', key, position);
    if (position !== undefined) this.keepWithinBound();
    if (this.node === undefined || !this.openChannels.has(channel)) return { delivered: 0, position };
    const delivered = this.turn.deliver(this.node, event);
    return { delivered: typeof delivered === 'number' ? delivered : await delivered, position };
  }

  override async history(channel: string, query: HistoryQuery): Promise<HistoryPage> {
    const page = this.streams.read(this.streams.of(channel), query);
    this.keepWithinBound();
    return page;
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

  override async join(channel: string, userId: string, infoJson: string | undefined): Promise<boolean> {
    return this.presence.join(channel, userId, infoJson);
  }

  override async leave(channel: string, userId: string): Promise<number> {
    return this.presence.leave(channel, userId);
  }

  override async forget(channel: string, userId: string): Promise<boolean> {
    return this.presence.forget(channel, userId);
  }

  override async members(channel: string, limit: number): Promise<readonly Member[]> {
    return this.presence.members(channel, limit);
  }

  override async presenceStats(channel: string): Promise<PresenceStats> {
    return this.presence.stats(channel);
  }

  override async dispatch(command: NodeCommand): Promise<number> {
    return this.node?.execute(command) ?? 0;
  }

  private accept(publication: NewPublication): Publication {
    const { channel, dataJson, userId, metadataJson, history, kind } = publication;
    if (history === undefined || kind !== undefined) {
      return { channel, dataJson, userId, metadataJson, timestamp: this.clock.now(), position: undefined, kind };
    }
    return this.streams.append(this.streams.of(channel), publication, history);
  }

  private keepWithinBound(): void {
    this.streams.shrinkTo(this.maxBytes - this.acked.bytes);
  }

  private readonly sweep = (): void => {
    this.streams.sweep();
    this.keys.application.sweep();
    this.keys.client.sweep();
    this.keepWithinBound();
  };
}
