import { Inject, Injectable } from '@nestjs/common';
import { type ChannelFailure, WsErrorCode, isChannelName, protocolLimits } from '@skreaver/protocol';
import { Permissions } from '../auth/index.js';
import { type ChannelCount, SubscriberIndex } from '../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, ConnectionRegistry, WsError } from '../connection/index.js';
import { type Delivery, Publisher } from '../delivery/index.js';
import { WsMetrics } from '../metrics/index.js';
import { ConnectionLocks } from './connection-locks.js';
import { PendingAsks } from './pending-asks.js';

export interface Subscribed {
  readonly subscribed: readonly string[];
  readonly failed: readonly ChannelFailure[];
}

export interface Unsubscribed {
  readonly unsubscribed: readonly string[];
  readonly failed: readonly ChannelFailure[];
}

/** A subscribe whose permission is being asked; an unsubscribe in between wins. */
interface Attempt {
  readonly channel: string;
  withdrawn: boolean;
}

const DEFAULT_ASK_TIMEOUT_MS = 30_000;

/** What applications inject to publish and to manage subscriptions. */
@Injectable()
export class SubscriptionService {
  private readonly attempts = new Map<Connection, Set<Attempt>>();

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly registry: ConnectionRegistry,
    private readonly index: SubscriberIndex,
    private readonly permissions: Permissions,
    private readonly publisher: Publisher,
    private readonly asks: PendingAsks,
    private readonly locks: ConnectionLocks,
    private readonly metrics: WsMetrics,
  ) {}

  /**
   * Publishes an event to every subscriber of a channel, in publish order.
   * @returns how many connections it was queued to
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (data is not JSON), `MESSAGE_TOO_LARGE`
   */
  async broadcast(channel: string, data: unknown): Promise<Delivery> {
    return this.publisher.publish(channel, data);
  }

  /** Sends an event to all connections of a user. Throws as {@link broadcast} does. */
  async sendToUser(userId: string, data: unknown): Promise<Delivery> {
    return this.publisher.send(this.registry.ofUser(userId), data);
  }

  /**
   * Sends an event to one connection.
   * @throws WsError `CONNECTION_NOT_FOUND`, and as {@link broadcast}
   */
  async sendToConnection(connectionId: string, data: unknown): Promise<Delivery> {
    return this.publisher.send([this.find(connectionId)], data);
  }

  /**
   * Asks one connection and resolves with the data of its `ack`.
   * @param options.timeout ms to wait, default 30,000
   * @throws WsError `CONNECTION_NOT_FOUND`, `CONNECTION_CLOSED`, `REQUEST_TIMEOUT`, `INVALID_PARAMS` (timeout), and as {@link broadcast}
   */
  async ask(connectionId: string, data: unknown, options: { readonly timeout?: number } = {}): Promise<unknown> {
    const connection = this.find(connectionId);
    const timeout = options.timeout ?? DEFAULT_ASK_TIMEOUT_MS;
    if (!(timeout > 0 && Number.isFinite(timeout))) {
      throw new WsError(WsErrorCode.InvalidParams, 'The timeout of ask must be a positive number of milliseconds.');
    }
    return this.asks.ask(connection, timeout, (correlationId) => {
      this.publisher.send([connection], data, correlationId);
    });
  }

  /**
   * Subscribes a connection to channels, each on its own: what fails does not keep the rest from being subscribed.
   * The `AuthHandler` is asked for each.
   * @throws WsError `CONNECTION_NOT_FOUND`
   */
  async subscribe(connectionId: string, channels: readonly string[]): Promise<Subscribed> {
    const connection = this.find(connectionId);
    const { generation } = connection;
    // Before the first await: from here on an unsubscribe or a change of user must be seen.
    const attempts = [...new Set(channels)].map((channel) => this.begin(connection, channel));
    try {
      await using _held = await this.locks.ofConnection(connectionId);
      const outcomes = await this.tryAll(connection, attempts, generation);
      const failed = attempts.flatMap(({ channel }, at) => this.toFailure(channel, outcomes[at]));
      const subscribed = attempts.filter((_attempt, at) => outcomes[at] === undefined).map(({ channel }) => channel);
      return { subscribed, failed };
    } finally {
      this.end(connection, attempts);
    }
  }

  /**
   * Ends subscriptions, at once. What one was not subscribed to counts as unsubscribed.
   * @throws WsError `CONNECTION_NOT_FOUND`
   */
  unsubscribe(connectionId: string, channels: readonly string[]): Unsubscribed {
    const connection = this.find(connectionId);
    const unsubscribed: string[] = [];
    const failed: ChannelFailure[] = [];
    for (const channel of new Set(channels)) {
      if (isChannelName(channel)) {
        this.withdraw(connection, channel);
        this.index.remove(connection, channel);
        unsubscribed.push(channel);
      } else {
        failed.push(failureOf(channel, WsError.invalidChannel(channel)));
      }
    }
    return { unsubscribed, failed };
  }

  /** The channels of a connection; empty when there is no such connection. */
  subscriptionsOf(connectionId: string): readonly string[] {
    const connection = this.registry.get(connectionId);
    return connection === undefined ? [] : [...this.index.channelsOf(connection)];
  }

  /** Every channel that has subscribers, with how many. */
  channels(): readonly ChannelCount[] {
    return this.index.channels();
  }

  private tryAll(
    connection: Connection,
    attempts: readonly Attempt[],
    generation: number,
  ): Promise<(WsError | undefined)[]> {
    const room = this.config.maxSubscriptionsPerConnection - this.index.channelsOf(connection).size;
    let candidates = 0;
    return Promise.all(
      attempts.map(async (attempt) => {
        const { channel } = attempt;
        if (!isChannelName(channel)) return WsError.invalidChannel(channel);
        // A known subscription takes no room; beyond the room nobody's permission is asked.
        const isKnown = this.index.has(connection, channel);
        if (!isKnown) candidates += 1;
        return isKnown || candidates <= room ? this.tryOne(connection, attempt, generation) : this.overLimit(channel);
      }),
    );
  }

  /** The commit stands only if the connection, its user and the wish to subscribe are what they were at the start. */
  private async tryOne(connection: Connection, attempt: Attempt, generation: number): Promise<WsError | undefined> {
    const { channel } = attempt;
    const allowed = await this.permissions.allows(connection, channel, 'subscribe');
    if (connection.isClosed) return new WsError(WsErrorCode.ConnectionClosed);
    if (!allowed || connection.generation !== generation) {
      // Asked again and denied: what was granted before does not stand either.
      this.index.remove(connection, channel);
      return WsError.permissionDenied(channel);
    }
    if (attempt.withdrawn) return new WsError(WsErrorCode.RequestCancelled);
    try {
      this.index.add(connection, channel);
      return undefined;
    } catch (error) {
      if (error instanceof WsError) return error;
      throw error;
    }
  }

  private begin(connection: Connection, channel: string): Attempt {
    const attempt = { channel, withdrawn: false };
    const attempts = this.attempts.get(connection) ?? new Set<Attempt>();
    this.attempts.set(connection, attempts.add(attempt));
    return attempt;
  }

  private end(connection: Connection, ended: readonly Attempt[]): void {
    const attempts = this.attempts.get(connection);
    for (const attempt of ended) attempts?.delete(attempt);
    if (attempts?.size === 0) this.attempts.delete(connection);
  }

  private withdraw(connection: Connection, channel: string): void {
    for (const attempt of this.attempts.get(connection) ?? []) {
      if (attempt.channel === channel) attempt.withdrawn = true;
    }
  }

  private overLimit(channel: string): WsError {
    const max = this.config.maxSubscriptionsPerConnection;
    return new WsError(WsErrorCode.SubscriptionLimitExceeded, undefined, { channel, max });
  }

  private toFailure(channel: string, error: WsError | undefined): ChannelFailure[] {
    if (error === undefined) return [];
    this.metrics.subscriptionFailed(error.code);
    return [failureOf(channel, error)];
  }

  private find(connectionId: string): Connection {
    const connection = this.registry.get(connectionId);
    if (connection === undefined) throw WsError.connectionNotFound();
    return connection;
  }
}

/** A name that is none may be long; what is echoed of it is not. */
function failureOf(channel: string, error: WsError): ChannelFailure {
  return { channel: channel.slice(0, protocolLimits.maxChannelNameLength), code: error.code, message: error.message };
}
