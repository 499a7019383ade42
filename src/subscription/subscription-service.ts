// oxlint-disable typescript/no-unnecessary-type-parameters -- the caller gives them
import { Injectable } from '@nestjs/common';
import { type ChannelRequest, CloseCode } from '@skreaver/protocol';
import type { PresenceStats } from '../backplane/index.js';
import { type ChannelCount, SubscriberIndex } from '../channel/index.js';
import { type ClientConnection, ConnectionTable, WsError } from '../connection/index.js';
import {
  Acknowledgements,
  type ChannelEvent,
  type ChannelHistory,
  type Delivery,
  DirectEvents,
  HistoryReader,
  type HistoryRange,
  PublishGate,
  type PublishOptions,
  Publisher,
} from '../delivery/index.js';
import { type ChannelPresence, PresenceReader } from '../presence/index.js';
import { type AskOptions, type AskTarget, connectionsOf, timeoutOf } from './ask-target.js';
import { PendingAsks } from './pending-asks.js';
import { SubscribeHandler } from './subscribe-handler.js';
import type { Subscribed, Unsubscribed } from './subscription-outcome.js';
import { UserCommands } from './user-commands.js';

/** The result of publishing one of several events, or the error that kept it from being published. */
export type DeliveryOrError = Delivery | { readonly error: unknown };

/**
 * Publishes events and manages subscriptions. Applications inject it.
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { SubscriptionService } from '@skreaver/nestjs-ws';
 *
 * @Injectable()
 * export class Agents {
 *   constructor(private readonly subscriptions: SubscriptionService) {}
 *
 *   async report(agentId: string, status: string): Promise<number> {
 *     const { delivered } = await this.subscriptions.broadcast(`agent:${agentId}`, { status });
 *     return delivered;
 *   }
 * }
 * ```
 */
@Injectable()
export class SubscriptionService {
  constructor(
    private readonly connections: ConnectionTable,
    private readonly index: SubscriberIndex,
    private readonly subscribing: SubscribeHandler,
    private readonly publisher: Publisher,
    private readonly direct: DirectEvents,
    private readonly gate: PublishGate,
    private readonly past: HistoryReader,
    private readonly acknowledgements: Acknowledgements,
    private readonly asks: PendingAsks,
    private readonly members: PresenceReader,
    private readonly users: UserCommands,
  ) {}

  /**
   * Publishes an event to every subscriber of a channel, in the order of the calls. Applies backpressure: it waits
   * while the subscribers still have to be given earlier events, so a publisher that awaits it cannot outrun them.
   * @typeParam T checks the data at compile time, where it is given
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (data is not JSON, the key), `MESSAGE_TOO_LARGE`,
   * `RATE_LIMIT_EXCEEDED` (`maxWaitingPublishBytes` wait), `SERVICE_RESTART` (the connections of this node have been
   * told of its end); and what the backplane throws
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const priceChanged = (subscriptions: SubscriptionService, price: number) =>
   *   subscriptions.broadcast('prices', { price }, { idempotencyKey: `price-${price}` });
   * ```
   */
  broadcast<T = unknown>(channel: string, data: T, options: PublishOptions = {}): Promise<Delivery> {
    return this.publisher.publish({ ...options, channel, data });
  }

  /**
   * Publishes several events in their order. A failure does not hold back the others; the results are in the same
   * order.
   */
  async broadcastMany(events: readonly ChannelEvent[]): Promise<readonly DeliveryOrError[]> {
    return outcomesOf(events.map((event) => this.publisher.publish(event)));
  }

  /**
   * Publishes one event to several channels, whose data is serialised once. A channel that fails does not hold back the
   * others; the results are in the order of the channels. An idempotency key counts in each channel on its own, so the
   * whole call may be retried.
   * @throws WsError `INVALID_PARAMS` (data is not JSON)
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const finished = (subscriptions: SubscriptionService, agentId: string) =>
   *   subscriptions.broadcastTo(['agents', `agent:${agentId}`], { agentId, status: 'finished' });
   * ```
   */
  async broadcastTo(
    channels: readonly string[],
    data: unknown,
    options: PublishOptions = {},
  ): Promise<readonly DeliveryOrError[]> {
    return outcomesOf(this.publisher.publishTo(channels, data, options));
  }

  /**
   * Sends an event to all connections of a user, on every node. Throws as {@link broadcast} does.
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const notify = (subscriptions: SubscriptionService, userId: string, text: string) =>
   *   subscriptions.sendToUser(userId, { text });
   * ```
   */
  async sendToUser(userId: string, data: unknown): Promise<Delivery> {
    return this.direct.sendToUser(userId, data);
  }

  /**
   * Sends an event to every authenticated connection, on every node, whatever it is subscribed to. It belongs to no
   * channel, so it has no position and cannot be recovered. The bounds of each connection hold, as for
   * {@link sendToUser}. Throws as {@link broadcast} does.
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const announce = (subscriptions: SubscriptionService, text: string) => subscriptions.sendToAll({ text });
   * ```
   */
  async sendToAll(data: unknown): Promise<Delivery> {
    return this.direct.sendToAll(data);
  }

  /**
   * Sends an event to one connection of this node.
   * @throws WsError `CONNECTION_NOT_FOUND`, and as {@link broadcast}
   */
  async sendToConnection(connectionId: string, data: unknown): Promise<Delivery> {
    this.gate.assertOpen();
    return this.direct.sendTo(this.find(connectionId), data);
  }

  /**
   * Asks one connection, or a user on all connections of this node, and resolves with the data of the first `ack`.
   * Later acks are ignored. The question is an event with a `correlation_id`.
   * @typeParam A the answer as it is expected; nothing checks what the client sent
   * @throws WsError `CONNECTION_NOT_FOUND` (no connection to ask), `CONNECTION_CLOSED` (the last one asked ended),
   * `REQUEST_TIMEOUT`, `INVALID_PARAMS` (the timeout), `RATE_LIMIT_EXCEEDED` (`broadcastBufferSize` questions wait for
   * everyone asked), and as {@link broadcast}
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export async function approve(subscriptions: SubscriptionService, user: string, action: string): Promise<boolean> {
   *   return (await subscriptions.ask({ user }, { approve: action }, { timeout: 60_000 })) === true;
   * }
   * ```
   */
  async ask<Q = unknown, A = unknown>(target: AskTarget, data: Q, options: AskOptions = {}): Promise<NoInfer<A>> {
    const timeout = timeoutOf(options);
    this.gate.assertOpen();
    const connections = connectionsOf(target, this.connections);
    const answer = await this.asks.ask(connections, timeout, (connection, correlationId) => {
      this.direct.sendTo(connection, data, correlationId);
    });
    return answer as NoInfer<A>;
  }

  /**
   * Subscribes a connection to channels, each on its own: a channel that fails does not affect the others. Asks the
   * `AuthHandler` for each.
   * Resolves when what was missed has been handed to the socket. The client is told nothing of it.
   * @throws WsError `CONNECTION_NOT_FOUND`
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export async function join(subscriptions: SubscriptionService, connectionId: string): Promise<boolean> {
   *   const { failed } = await subscriptions.subscribe(connectionId, ['lobby']);
   *   return failed.length === 0;
   * }
   * ```
   */
  async subscribe(connectionId: string, channels: readonly ChannelRequest[]): Promise<Subscribed> {
    return this.subscribing.subscribe(this.find(connectionId), channels);
  }

  /**
   * Ends subscriptions, at once. A channel that the connection is not subscribed to counts as unsubscribed.
   * @throws WsError `CONNECTION_NOT_FOUND`
   */
  unsubscribe(connectionId: string, channels: readonly string[]): Unsubscribed {
    return this.subscribing.unsubscribe(this.find(connectionId), channels);
  }

  /**
   * Acknowledges a position: stores how far the user of a connection has got in a channel, for `since: "acked"`. Of
   * several acknowledgements in a row the furthest is stored. Ignores channels that the connection is not subscribed
   * to, channels without history, and offsets that do not exist yet.
   * @returns a promise where the caller should wait before it sends more; it never rejects
   * @throws WsError `CONNECTION_NOT_FOUND`
   */
  acknowledge(connectionId: string, channel: string, offset: number): Promise<void> | undefined {
    return this.acknowledgements.take(this.find(connectionId), channel, offset);
  }

  /**
   * Reads the events that a channel keeps.
   * @typeParam T the data as it was published; nothing checks it
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (the channel keeps no history, the limit); and what the
   * backplane throws
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export async function newest(subscriptions: SubscriptionService): Promise<unknown[]> {
   *   const { events } = await subscriptions.history('prices', { limit: 10 });
   *   return events.map(({ data }) => data);
   * }
   * ```
   */
  async history<T = unknown>(channel: string, range: HistoryRange = {}): Promise<ChannelHistory<NoInfer<T>>> {
    return (await this.past.read(channel, range)) as ChannelHistory<NoInfer<T>>;
  }

  /**
   * Revokes the subscriptions of a user on every node, in one channel or in all. Once it has resolved, no later
   * publication reaches the user through them. A subscribe under way fails with `PERMISSION_DENIED`. The client gets an
   * unsolicited `unsubscribe_response` with that as `reason`. The `AuthHandler` decides on a later subscribe.
   * @returns how many connections were subscribed
   * @throws WsError `INVALID_CHANNEL`; and what the backplane throws
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const leaveTeam = (subscriptions: SubscriptionService, userId: string) => subscriptions.revoke(userId, 'team');
   * ```
   */
  async revoke(userId: string, channel?: string): Promise<number> {
    return this.users.revoke(userId, channel);
  }

  /**
   * Closes all connections of a user, on every node. The `AuthHandler` decides on a connection that is being opened.
   * @param code tells the client what to do (PROTOCOL §9): 4505 and 4502 keep it away, 4005 has it come back
   * @returns how many connections were closed
   * @throws WsError `INVALID_PARAMS` (not a close code of the protocol); and what the backplane throws
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const ban = (subscriptions: SubscriptionService, userId: string) => subscriptions.disconnectUser(userId);
   * ```
   */
  async disconnectUser(userId: string, code: CloseCode = CloseCode.ForcedDisconnect): Promise<number> {
    return this.users.disconnectUser(userId, code);
  }

  /**
   * Lists the users that are subscribed to a channel with `presence`, on any node: at most 1,000, those that came
   * first.
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (the channel has no `presence`); and what the backplane throws
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export async function isOnline(subscriptions: SubscriptionService, userId: string): Promise<boolean> {
   *   const { members } = await subscriptions.presence('team');
   *   return members.some((member) => member.userId === userId);
   * }
   * ```
   */
  async presence(channel: string): Promise<ChannelPresence> {
    return this.members.members(channel);
  }

  /** Counts the members of a channel with `presence`. @throws as {@link presence} */
  async presenceStats(channel: string): Promise<PresenceStats> {
    return this.members.stats(channel);
  }

  /** Lists the channels of a connection; none when the connection does not exist. */
  subscriptionsOf(connectionId: string): readonly string[] {
    const connection = this.connections.get(connectionId);
    return connection === undefined ? [] : this.index.channelsOf(connection);
  }

  /** Lists every channel that has subscribers on this node, with their number. */
  channels(): readonly ChannelCount[] {
    return this.index.channels();
  }

  private find(connectionId: string): ClientConnection {
    const connection = this.connections.get(connectionId);
    if (connection === undefined) throw WsError.connectionNotFound();
    return connection;
  }
}

async function outcomesOf(published: readonly Promise<Delivery>[]): Promise<readonly DeliveryOrError[]> {
  const results = await Promise.allSettled(published);
  return results.map((result) => (result.status === 'fulfilled' ? result.value : { error: result.reason as unknown }));
}
