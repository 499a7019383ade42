import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, ConnectionRegistry, WsError } from '../connection/index.js';
import { WsMetrics } from '../metrics/index.js';
import { Audience } from '../transport/index.js';

const NOBODY = new Audience<Connection>();
const NOTHING: ReadonlySet<string> = new Set();

export interface ChannelCount {
  readonly channel: string;
  readonly subscribers: number;
}

/**
 * Who is subscribed to what: two mirrored maps, always in step, changed in one turn. A connection that ends or changes
 * its user leaves every channel in the same turn.
 */
@Injectable()
export class SubscriberIndex {
  private readonly byChannel = new Map<string, Audience<Connection>>();
  private readonly byConnection = new Map<Connection, Set<string>>();

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly metrics: WsMetrics,
    registry: ConnectionRegistry,
  ) {
    registry.observe({
      ended: (connection) => this.removeAll(connection),
      userChanged: (connection) => this.removeAll(connection),
    });
    registry.reportChannels(() => this.byChannel.size);
  }

  /**
   * Subscribing twice is no error and no second delivery.
   * @throws WsError `SUBSCRIPTION_LIMIT_EXCEEDED`, `CHANNEL_SUBSCRIBER_LIMIT_EXCEEDED`
   */
  add(connection: Connection, channel: string): void {
    const channels = this.byConnection.get(connection) ?? new Set<string>();
    if (channels.has(channel)) return;
    const subscribers = this.byChannel.get(channel) ?? new Audience<Connection>();
    const { maxSubscriptionsPerConnection, maxSubscribersPerChannel } = this.config;
    if (channels.size >= maxSubscriptionsPerConnection) {
      throw new WsError(WsErrorCode.SubscriptionLimitExceeded, undefined, {
        channel,
        max: maxSubscriptionsPerConnection,
      });
    }
    if (subscribers.size >= maxSubscribersPerChannel) {
      throw new WsError(WsErrorCode.ChannelSubscriberLimitExceeded, undefined, {
        channel,
        max: maxSubscribersPerChannel,
      });
    }
    this.metrics.subscribed(subscribers.size === 0);
    this.byConnection.set(connection, channels.add(channel));
    subscribers.add(connection);
    this.byChannel.set(channel, subscribers);
  }

  /** Returns false when there was no such subscription. */
  remove(connection: Connection, channel: string): boolean {
    const channels = this.byConnection.get(connection);
    const subscribers = this.byChannel.get(channel);
    if (channels === undefined || subscribers === undefined || !channels.delete(channel)) return false;
    subscribers.delete(connection);
    if (channels.size === 0) this.byConnection.delete(connection);
    if (subscribers.size === 0) this.byChannel.delete(channel);
    this.metrics.unsubscribed(subscribers.size === 0);
    return true;
  }

  removeAll(connection: Connection): void {
    for (const channel of this.channelsOf(connection)) this.remove(connection, channel);
  }

  has(connection: Connection, channel: string): boolean {
    return this.channelsOf(connection).has(channel);
  }

  /** Live: changes while it is walked show. */
  subscribersOf(channel: string): Audience<Connection> {
    return this.byChannel.get(channel) ?? NOBODY;
  }

  channelsOf(connection: Connection): ReadonlySet<string> {
    return this.byConnection.get(connection) ?? NOTHING;
  }

  /** A snapshot of every channel with subscribers. */
  channels(): readonly ChannelCount[] {
    return [...this.byChannel].map(([channel, subscribers]) => ({ channel, subscribers: subscribers.size }));
  }
}
