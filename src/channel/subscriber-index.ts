import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, type ConnectionObserver, Multimap, WsError } from '../connection/index.js';
import { WsMetrics } from '../metrics/index.js';
import { Flusher } from '../transport/index.js';
import { ChannelSubscribers } from './channel-subscribers.js';
import { PendingSubscription } from './pending-subscription.js';

export interface ChannelCount {
  readonly channel: string;
  readonly subscribers: number;
}

export interface ReserveOptions {
  /** Wants the joins and leaves of others. */
  readonly watches?: boolean;
  /** What is published meanwhile is kept for it. */
  readonly keeps?: boolean;
}

/** Is notified of subscriptions: in the same turn, after the index has changed. */
export interface SubscriptionObserver {
  onSubscribed?(connection: Connection, channel: string): void;
  /** The connection may have ended, or may belong to another user already. */
  onUnsubscribed?(connection: Connection, channel: string): void;
  /** The channel has neither a subscription nor a pending one any more. */
  onEmptied?(channel: string): void;
}

/**
 * Who is subscribed to what: two mirrored maps, always in step, changed in one turn. A subscription begins as a `Join`, which
 * takes a place and counts towards the limits, and goes live later. A connection that ends or changes its user leaves
 * every channel in the same turn.
 */
@Injectable()
export class SubscriberIndex implements ConnectionObserver {
  private readonly byChannel = new Map<string, ChannelSubscribers>();
  private readonly byConnection = new Multimap<Connection, string>();
  /** The channels of those that are joining; their joins are with the channels. */
  private readonly joins = new Multimap<Connection, string>();
  private readonly observers: SubscriptionObserver[] = [];

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly metrics: WsMetrics,
    private readonly flusher: Flusher,
  ) {}

  onEnded(connection: Connection): void {
    this.removeAll(connection);
  }

  onUserChanged(connection: Connection): void {
    this.removeAll(connection);
  }

  /** Notifies the observers in this order, from now on. */
  observe(...observers: readonly SubscriptionObserver[]): void {
    this.observers.push(...observers);
  }

  /**
   * Takes a place in a channel in which the connection has none.
   * @throws WsError `SUBSCRIPTION_LIMIT_EXCEEDED`, `CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED`
   */
  reserve(
    connection: Connection,
    channel: string,
    { watches = false, keeps = false }: ReserveOptions = {},
  ): PendingSubscription {
    const { maxSubscriptionsPerConnection, maxSubscribersPerChannel, broadcastBufferSize } = this.config;
    if (this.reservedBy(connection) >= maxSubscriptionsPerConnection) {
      throw limitOf(WsErrorCode.SubscriptionLimitExceeded, channel, maxSubscriptionsPerConnection);
    }
    const subscribers = this.byChannel.get(channel) ?? new ChannelSubscribers(this.flusher.createAudience());
    if (subscribers.reservedCount >= maxSubscribersPerChannel) {
      throw limitOf(WsErrorCode.ChannelSubscriberLimitExceeded, channel, maxSubscribersPerChannel);
    }
    const pending = new PendingSubscription(connection, channel, watches, keeps ? broadcastBufferSize : 0);
    subscribers.reserve(pending);
    this.byChannel.set(channel, subscribers);
    this.joins.add(connection, channel);
    return pending;
  }

  /**
   * Makes a subscription of a pending subscription, unless that is over.
   * @param through the offset up to which the subscriber has everything, where that is more than this node has seen
   */
  activate(pending: PendingSubscription, through?: number): void {
    const { connection, channel } = pending;
    const subscribers = this.byChannel.get(channel);
    if (pending.isEnded || subscribers === undefined) return;
    subscribers.activate(pending, through);
    this.joins.delete(connection, channel);
    this.byConnection.add(connection, channel);
    this.metrics.subscribed(subscribers.count === 1);
    for (const observer of this.observers) observer.onSubscribed?.(connection, channel);
  }

  /** Of a subscriber: whether it is to get the joins and leaves of others. */
  watch(connection: Connection, channel: string, watches: boolean): void {
    if (this.has(connection, channel)) this.byChannel.get(channel)?.watch(connection, watches);
  }

  /** Ends a subscription or a pending subscription. Returns false when there was neither. */
  remove(connection: Connection, channel: string): boolean {
    const wasLive = this.byConnection.delete(connection, channel);
    if (!wasLive && !this.joins.delete(connection, channel)) return false;
    const subscribers = this.byChannel.get(channel);
    subscribers?.remove(connection);
    if (wasLive) this.ended(connection, channel, subscribers?.count === 0);
    if (subscribers?.reservedCount === 0) {
      this.byChannel.delete(channel);
      for (const observer of this.observers) observer.onEmptied?.(channel);
    }
    return true;
  }

  removeAll(connection: Connection): void {
    for (const channel of this.joins.of(connection)) this.remove(connection, channel);
    for (const channel of this.channelsOf(connection)) this.remove(connection, channel);
  }

  /** Whether it is a subscription; a pending subscription is none. */
  has(connection: Connection, channel: string): boolean {
    return this.byConnection.has(connection, channel);
  }

  /** Whether anybody has a place in the channel. */
  isUsed(channel: string): boolean {
    return this.byChannel.has(channel);
  }

  /** Everybody who has a place in the channel; undefined when nobody has. */
  find(channel: string): ChannelSubscribers | undefined {
    return this.byChannel.get(channel);
  }

  /** Live: changes while it is walked show. */
  subscribersOf(channel: string): Iterable<Connection> {
    return this.byChannel.get(channel)?.live ?? [];
  }

  /** A snapshot. */
  channelsOf(connection: Connection): readonly string[] {
    return this.byConnection.of(connection);
  }

  /** Subscriptions and joins of a connection. */
  reservedBy(connection: Connection): number {
    return this.byConnection.count(connection) + this.joins.count(connection);
  }

  /** A snapshot of every channel with subscribers. */
  channels(): readonly ChannelCount[] {
    return [...this.byChannel]
      .map(([channel, { count }]) => ({ channel, subscribers: count }))
      .filter(({ subscribers }) => subscribers > 0);
  }

  private ended(connection: Connection, channel: string, wasLast: boolean): void {
    this.metrics.unsubscribed(wasLast);
    for (const observer of this.observers) observer.onUnsubscribed?.(connection, channel);
  }
}

function limitOf(code: WsErrorCode, channel: string, max: number): WsError {
  return new WsError(code, undefined, { channel, max });
}
