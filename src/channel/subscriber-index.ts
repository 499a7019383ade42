import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import {
  type ChannelLookup,
  type ClientConnection,
  type ConnectionObserver,
  Multimap,
  WsError,
} from '../connection/index.js';
import { WsMetrics } from '../metrics/index.js';
import { Flusher } from '../transport/index.js';
import { ChannelSubscribers, type ReadonlyChannelSubscribers } from './channel-subscribers.js';
import {
  BufferingReservation,
  type BufferingSubscription,
  type PendingSubscription,
  Reservation,
} from './pending-subscription.js';

export interface ChannelCount {
  readonly channel: string;
  readonly subscribers: number;
}

export interface ReserveOptions {
  /** Sends the connection join and leave events of the channel. Default: false. */
  readonly receivesPresence?: boolean;
  /** Buffers publications for the pending subscription from now on, so that it can recover. Default: false. */
  readonly buffer?: boolean;
}

/** Is notified of subscriptions: in the same turn, after the index has changed. */
export interface SubscriptionObserver {
  onSubscribed?(connection: ClientConnection, channel: string): void;
  /** Called after a subscription ended. The connection may have ended too, or may already belong to another user. */
  onUnsubscribed?(connection: ClientConnection, channel: string): void;
  /** Called when the channel has neither a subscription nor a pending one any more. */
  onEmptied?(channel: string): void;
}

/**
 * Subscriptions by channel and by connection: two mirrored maps, always in step, changed in one turn. A subscription
 * begins as a {@link PendingSubscription}, which counts towards the limits, and is activated later. A connection that
 * ends or changes its user leaves every channel in the same turn.
 */
@Injectable()
export class SubscriberIndex implements ConnectionObserver, ChannelLookup {
  private readonly byChannel = new Map<string, ChannelSubscribers>();
  private readonly byConnection = new Multimap<ClientConnection, string>();
  /** Channels by connection, of pending subscriptions; the reservations themselves are kept by channel. */
  private readonly pending = new Multimap<ClientConnection, string>();
  private readonly observers: SubscriptionObserver[] = [];

  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly metrics: WsMetrics,
    private readonly flusher: Flusher,
  ) {}

  onEnded(connection: ClientConnection): void {
    this.removeAll(connection);
  }

  onUserChanged(connection: ClientConnection): void {
    this.removeAll(connection);
  }

  /** Notifies the observers in this order, from now on. */
  observe(...observers: readonly SubscriptionObserver[]): void {
    this.observers.push(...observers);
  }

  /**
   * Reserves a slot in a channel in which the connection has none.
   * @throws WsError `SUBSCRIPTION_LIMIT_EXCEEDED`, `CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED`
   */
  reserve(
    connection: ClientConnection,
    channel: string,
    options: ReserveOptions & { readonly buffer: true },
  ): BufferingSubscription;
  reserve(connection: ClientConnection, channel: string, options?: ReserveOptions): PendingSubscription;
  reserve(
    connection: ClientConnection,
    channel: string,
    { receivesPresence = false, buffer = false }: ReserveOptions = {},
  ): PendingSubscription {
    const { maxSubscriptionsPerConnection, maxSubscribersPerChannel, broadcastBufferSize } = this.config;
    if (this.reservedBy(connection) >= maxSubscriptionsPerConnection) {
      throw limitOf(WsErrorCode.SubscriptionLimitExceeded, channel, maxSubscriptionsPerConnection);
    }
    const subscribers = this.byChannel.get(channel) ?? new ChannelSubscribers(this.flusher.createAudience());
    if (subscribers.reservedCount >= maxSubscribersPerChannel) {
      throw limitOf(WsErrorCode.ChannelSubscriberLimitExceeded, channel, maxSubscribersPerChannel);
    }
    const reservation = buffer
      ? new BufferingReservation(connection, channel, receivesPresence, broadcastBufferSize)
      : new Reservation(connection, channel, receivesPresence);
    subscribers.reserve(reservation);
    this.byChannel.set(channel, subscribers);
    this.pending.add(connection, channel);
    return reservation;
  }

  /**
   * Turns a pending subscription into a subscription, unless it has ended.
   * @param through the last offset that the subscriber has received, if its recovery is ahead of this node
   */
  activate(pending: PendingSubscription, through?: number): void {
    const { connection, channel, receivesPresence } = pending;
    const subscribers = this.byChannel.get(channel);
    if (pending.isEnded || subscribers === undefined) return;
    subscribers.activate(connection, receivesPresence, through);
    this.pending.delete(connection, channel);
    this.byConnection.add(connection, channel);
    this.metrics.subscribed(subscribers.count === 1);
    for (const observer of this.observers) observer.onSubscribed?.(connection, channel);
  }

  /** Gives up the slot of a pending subscription, unless it has ended. */
  release(pending: PendingSubscription): void {
    if (!pending.isEnded) this.remove(pending.connection, pending.channel);
  }

  /**
   * Suspends the subscribers of a channel: they get no event of it until each is resumed.
   * @returns how many there are
   */
  suspend(channel: string): number {
    return this.byChannel.get(channel)?.suspend() ?? 0;
  }

  /** Has a suspended subscriber get the next event. Has no effect on others. */
  resume(connection: ClientConnection, channel: string): void {
    this.byChannel.get(channel)?.resume(connection);
  }

  /** Sets whether a subscriber receives join and leave events. Has no effect if the connection is not subscribed. */
  receivePresence(connection: ClientConnection, channel: string, receives: boolean): void {
    if (this.has(connection, channel)) this.byChannel.get(channel)?.receivePresence(connection, receives);
  }

  /** Ends a subscription or a pending subscription. Returns false when there was neither. */
  remove(connection: ClientConnection, channel: string): boolean {
    const wasLive = this.byConnection.delete(connection, channel);
    if (!wasLive && !this.pending.delete(connection, channel)) return false;
    const subscribers = this.byChannel.get(channel);
    subscribers?.remove(connection);
    if (wasLive) this.ended(connection, channel, subscribers?.count === 0);
    if (subscribers?.reservedCount === 0) {
      this.byChannel.delete(channel);
      for (const observer of this.observers) observer.onEmptied?.(channel);
    }
    return true;
  }

  removeAll(connection: ClientConnection): void {
    for (const channel of this.pending.of(connection)) this.remove(connection, channel);
    for (const channel of this.channelsOf(connection)) this.remove(connection, channel);
  }

  /** True if the connection is subscribed. A pending subscription does not count. */
  has(connection: ClientConnection, channel: string): boolean {
    return this.byConnection.has(connection, channel);
  }

  /** True if the channel has a subscription, pending ones included. */
  isUsed(channel: string): boolean {
    return this.byChannel.has(channel);
  }

  /** Finds the subscribers of a channel; undefined when it has neither a subscription nor a pending one. */
  find(channel: string): ReadonlyChannelSubscribers | undefined {
    return this.byChannel.get(channel);
  }

  /** Returns the live subscribers, without those ahead of this node. Changes show during an iteration. */
  subscribersOf(channel: string): Iterable<ClientConnection> {
    return this.byChannel.get(channel)?.live ?? [];
  }

  /** Returns a snapshot of the channels that the connection is subscribed to, without pending subscriptions. */
  channelsOf(connection: ClientConnection): readonly string[] {
    return this.byConnection.of(connection);
  }

  /** Counts the subscriptions of a connection, pending ones included. */
  reservedBy(connection: ClientConnection): number {
    return this.byConnection.count(connection) + this.pending.count(connection);
  }

  /** Returns a snapshot of all channels that have subscribers. */
  channels(): readonly ChannelCount[] {
    return [...this.byChannel]
      .map(([channel, { count }]) => ({ channel, subscribers: count }))
      .filter(({ subscribers }) => subscribers > 0);
  }

  private ended(connection: ClientConnection, channel: string, wasLast: boolean): void {
    this.metrics.unsubscribed(wasLast);
    for (const observer of this.observers) observer.onUnsubscribed?.(connection, channel);
  }
}

function limitOf(code: WsErrorCode, channel: string, max: number): WsError {
  return new WsError(code, undefined, { channel, max });
}
