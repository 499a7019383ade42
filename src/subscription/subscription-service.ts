// oxlint-disable typescript/no-unnecessary-type-parameters -- the caller gives them
import { Injectable } from '@nestjs/common';
import { type ChannelRequest, CloseCode } from '@skreaver/protocol';
import type { PresenceStats } from '../backplane/index.js';
import { type ChannelCount, SubscriberIndex } from '../channel/index.js';
import { ConnectionTable, WsError } from '../connection/index.js';
import {
  Acknowledgements,
  type ChannelEvent,
  type ChannelHistory,
  type Delivery,
  DirectEvents,
  type EventOptions,
  HistoryReader,
  type HistoryRange,
  type PublishOptions,
  Publisher,
} from '../delivery/index.js';
import { type ChannelPresence, PresenceReader } from '../presence/index.js';
import type { AskOptions, AskTarget } from './ask-target.js';
import { Asker } from './asker.js';
import { ConnectionCommands } from './connection-commands.js';
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
    private readonly publisher: Publisher,
    private readonly direct: DirectEvents,
    private readonly past: HistoryReader,
    private readonly acknowledgements: Acknowledgements,
    private readonly asker: Asker,
    private readonly members: PresenceReader,
    private readonly users: UserCommands,
    private readonly single: ConnectionCommands,
  ) {}

  /**
   * Publishes an event to every subscriber of a channel, in the order of the calls. Applies backpressure: it waits
   * while the subscribers still have to be given earlier events, so a publisher that awaits it cannot outrun them.
   * @typeParam T checks the data at compile time, where it is given
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (data or metadata is not JSON, the key, `except` names nobody),
   * `MESSAGE_TOO_LARGE`, `RATE_LIMIT_EXCEEDED` (`maxWaitingPublishBytes` wait), `SERVICE_RESTART` (the connections of
   * this node have been told of its end); and what the backplane throws
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const priceChanged = (subscriptions: SubscriptionService, price: number) =>
   *   subscriptions.broadcast('prices', { price }, { idempotencyKey: `price-${price}` });
   * ```
   */
  broadcast<T = unknown>(channel: string, data: T, options: PublishOptions = {}): Promise<Delivery> {
    const { idempotencyKey, metadata, except } = options;
    return this.publisher.publish({ channel, data, idempotencyKey, metadata, except });
  }

  /**
   * Publishes several events in their order. A failure does not hold back the others; the results are in the same
   * order.
   */
  async broadcastMany(events: readonly ChannelEvent[]): Promise<readonly DeliveryOrError[]> {
    return outcomesOf(events.map((event) => this.publisher.publish(event)));
  }

  /**
   * Publishes one event to several channels, which is serialised once. A channel that fails does not hold back the
   * others; the results are in the order of the channels. An idempotency key counts in each channel on its own, so the
   * whole call may be retried.
   * @throws WsError `INVALID_PARAMS` (data or metadata is not JSON, `except` names nobody), `MESSAGE_TOO_LARGE` (the
   * metadata)
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
   * Sends an event to all connections of a user, on every node. `except` leaves out one of them. A node that cannot be
   * reached now does not hold it back: `delivered` counts those that answered. Throws as {@link broadcast} does.
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const notify = (subscriptions: SubscriptionService, userId: string, text: string) =>
   *   subscriptions.sendToUser(userId, { text });
   * ```
   */
  async sendToUser(userId: string, data: unknown, options: EventOptions = {}): Promise<Delivery> {
    return this.direct.sendToUser(userId, data, options);
  }

  /**
   * Sends an event to every authenticated connection, on every node, whatever it is subscribed to. It belongs to no
   * channel, so it has no position and cannot be recovered. Applies backpressure: it waits while everyone still has to be
   * given earlier events, so a sender that awaits it cannot outrun them. A node that cannot be reached now does not hold
   * it back: `delivered` counts those that answered. Throws as {@link broadcast} does.
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const announce = (subscriptions: SubscriptionService, text: string) => subscriptions.sendToAll({ text });
   * ```
   */
  sendToAll(data: unknown, options: EventOptions = {}): Promise<Delivery> {
    return this.direct.sendToAll(data, options);
  }

  /**
   * Sends an event to one connection, on whatever node it is: its id tells.
   * @throws WsError `CONNECTION_NOT_FOUND` (also when its node has ended); BackplaneUnavailableError when its node does
   * not answer within 5 s; and as {@link broadcast}
   */
  async sendToConnection(connectionId: string, data: unknown): Promise<Delivery> {
    return this.direct.sendToConnection(connectionId, data);
  }

  /**
   * Asks one connection, or a user on all connections, on whatever nodes they are, and resolves with the data of the
   * first `ack`. Later acks are ignored. The question is an event with a `correlation_id`.
   * @typeParam A the answer as it is expected; nothing checks what the client sent
   * @throws WsError `CONNECTION_NOT_FOUND` (no connection to ask, on any node), `CONNECTION_CLOSED` (the last one asked
   * ended, or its node), `REQUEST_TIMEOUT`, `INVALID_PARAMS` (the timeout), `RATE_LIMIT_EXCEEDED` (nobody was asked, as
   * `broadcastBufferSize` questions wait for each), and as {@link broadcast}
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
    return (await this.asker.ask(target, data, options)) as NoInfer<A>;
  }

  /**
   * Subscribes a connection to channels, on whatever node it is, each on its own: a channel that fails does not affect
   * the others. Asks the `AuthHandler` for each.
   * The client is told of the channels that are new to it, and of those that failed, by a `subscribe_response` that it
   * did not ask for (PROTOCOL §3). Resolves when what was missed has been handed to the socket.
   * @throws WsError `CONNECTION_NOT_FOUND` (also when its node has ended), `UNAVAILABLE` when its node does not answer:
   * call it again; and what the backplane throws
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
    return this.single.subscribe(connectionId, channels);
  }

  /**
   * Ends subscriptions of a connection, on whatever node it is: on this one before it returns. A channel that the
   * connection is not subscribed to counts as unsubscribed. The client is told of the others by an
   * `unsubscribe_response` that it did not ask for, without a `reason`.
   * @throws as {@link subscribe}
   */
  async unsubscribe(connectionId: string, channels: readonly string[]): Promise<Unsubscribed> {
    return this.single.unsubscribe(connectionId, channels);
  }

  /**
   * Subscribes every connection that a user has now, on every node, as {@link subscribe} does. A connection that opens
   * later is not subscribed; `AuthHandler.defaultChannels` is for those. Resolves when all connections are done.
   * @returns how many connections are subscribed to all of the channels now, on all nodes
   * @throws WsError `INVALID_CHANNEL`, `UNAVAILABLE` as {@link revoke}: call it again; and what the backplane throws
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const joinTeam = (subscriptions: SubscriptionService, userId: string, team: string) =>
   *   subscriptions.subscribeUser(userId, [`team:${team}`]);
   * ```
   */
  async subscribeUser(userId: string, channels: readonly ChannelRequest[]): Promise<number> {
    return this.users.subscribe(userId, channels);
  }

  /**
   * Unsubscribes every connection of a user, on every node, as {@link unsubscribe} does. The client may subscribe again;
   * {@link revoke} is for rights that ended.
   * @returns how many connections were subscribed to any of the channels
   * @throws WsError `INVALID_CHANNEL`, `UNAVAILABLE` as {@link revoke}; and what the backplane throws
   */
  async unsubscribeUser(userId: string, channels: readonly string[]): Promise<number> {
    return this.users.unsubscribe(userId, channels);
  }

  /**
   * Acknowledges a position: stores how far the user of a connection has got in a channel, for `since: "acked"`. Of
   * several acknowledgements in a row the furthest is stored. Ignores channels that the connection is not subscribed
   * to, channels without history, and offsets that do not exist yet.
   * @returns a promise where the caller should wait before it sends more; it never rejects
   * @throws WsError `CONNECTION_NOT_FOUND`, also for a connection of another node
   */
  acknowledge(connectionId: string, channel: string, offset: number): Promise<void> | undefined {
    const connection = this.connections.get(connectionId);
    if (connection === undefined) throw WsError.connectionNotFound();
    return this.acknowledgements.take(connection, channel, offset);
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
   * Removes the events that a channel keeps, such as after a document was deleted. Its position stays: the next event
   * has the next offset. Who is at the position recovers; who is behind it is told `recovered: false` (PROTOCOL §6).
   * Subscribers are told nothing, and events on their way to a socket still arrive.
   * @throws WsError `INVALID_CHANNEL`, `INVALID_PARAMS` (the channel keeps no history); and what the backplane throws
   * @example
   * ```ts
   * import type { SubscriptionService } from '@skreaver/nestjs-ws';
   *
   * export const forget = (subscriptions: SubscriptionService, documentId: string) =>
   *   subscriptions.clearHistory(`document:${documentId}`);
   * ```
   */
  async clearHistory(channel: string): Promise<void> {
    return this.past.clear(channel);
  }

  /**
   * Revokes the subscriptions of a user on every node, in one channel or in all. Once it has resolved, no later
   * publication reaches the user through them. A subscribe under way fails with `PERMISSION_DENIED`. The client gets an
   * unsolicited `unsubscribe_response` with that as `reason`. The `AuthHandler` decides on a later subscribe.
   * @returns how many connections were subscribed
   * @throws WsError `INVALID_CHANNEL`, `UNAVAILABLE` with `details.unconfirmed` (so many nodes did not answer within
   * 5 s; they carry it out when they are back, before any later event reaches them); and what the backplane throws
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
   * @throws WsError `INVALID_PARAMS` (not a close code of the protocol), `UNAVAILABLE` as {@link revoke}; and what the
   * backplane throws
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

  /** Lists the channels of a connection; none when the connection is not on this node. */
  subscriptionsOf(connectionId: string): readonly string[] {
    const connection = this.connections.get(connectionId);
    return connection === undefined ? [] : this.index.channelsOf(connection);
  }

  /** Lists every channel that has subscribers on this node, with their number. */
  channels(): readonly ChannelCount[] {
    return this.index.channels();
  }
}

async function outcomesOf(published: readonly Promise<Delivery>[]): Promise<readonly DeliveryOrError[]> {
  const results = await Promise.allSettled(published);
  return results.map((result) => (result.status === 'fulfilled' ? result.value : { error: result.reason as unknown }));
}
