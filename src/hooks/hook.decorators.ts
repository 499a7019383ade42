import { SetMetadata } from '@nestjs/common';
import type { HookEvents, HookKind } from './hook-events.js';

/** The metadata key of the methods of a kind. */
export const hookKey = (kind: HookKind): string => `skreaver-ws:on-${kind}`;

/** A decorator of methods that take the event, or nothing. */
export type HookDecorator<Event> = <Method extends (event: Event) => unknown>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

const hook = <Kind extends HookKind>(kind: Kind): HookDecorator<HookEvents[Kind]> => SetMetadata(hookKey(kind), true);

/**
 * Calls a method of any provider when a connection has its first identity, after its `auth_response`. Anonymous
 * connections have theirs from the start.
 *
 * Holds for all four hooks: the calls of one connection run one after the other, in the order of what happened, and a
 * promise is awaited, 30 s at most. What a method throws is logged and ends nothing. While 64 calls of a connection
 * wait, its next message waits too. The provider must be a singleton.
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { type ConnectEvent, OnConnect, SubscriptionService } from '@skreaver/nestjs-ws';
 *
 * @Injectable()
 * export class Welcome {
 *   constructor(private readonly subscriptions: SubscriptionService) {}
 *
 *   @OnConnect()
 *   async greet({ connection, identity }: ConnectEvent): Promise<void> {
 *     await this.subscriptions.sendToConnection(connection.id, { hello: identity.userId });
 *   }
 * }
 * ```
 */
export const OnConnect = (): HookDecorator<HookEvents['connect']> => hook('connect');

/**
 * Calls a method when a connection has ended, after its unsubscribe hooks; only for connections that had an identity,
 * that is, an {@link OnConnect}. A shutdown waits for it until its deadline; publishing is refused by then.
 * @example
 * ```ts
 * import { type DisconnectEvent, OnDisconnect } from '@skreaver/nestjs-ws';
 *
 * export class Departures {
 *   @OnDisconnect()
 *   note({ identity, code, reason }: DisconnectEvent): void {
 *     console.log(`${identity.userId} left with ${code} ${reason}`);
 *   }
 * }
 * ```
 */
export const OnDisconnect = (): HookDecorator<HookEvents['disconnect']> => hook('disconnect');

/**
 * Calls a method when a connection is subscribed to a channel, whether by its client or by the application. Called as
 * {@link OnConnect} says.
 * @example
 * ```ts
 * import { OnSubscribe, type SubscriptionEvent } from '@skreaver/nestjs-ws';
 *
 * export class Arrivals {
 *   @OnSubscribe()
 *   note({ identity, channel }: SubscriptionEvent): void {
 *     console.log(`${identity.userId} is in ${channel}`);
 *   }
 * }
 * ```
 */
export const OnSubscribe = (): HookDecorator<HookEvents['subscribe']> => hook('subscribe');

/**
 * Calls a method when a subscription has ended: by the client, the application, a revocation or the end of the
 * connection. Runs after the {@link OnSubscribe} methods of that subscription are done.
 * @example
 * ```ts
 * import { OnUnsubscribe, type SubscriptionEvent } from '@skreaver/nestjs-ws';
 *
 * export class Leaving {
 *   @OnUnsubscribe()
 *   note({ identity, channel }: SubscriptionEvent): void {
 *     console.log(`${identity.userId} has left ${channel}`);
 *   }
 * }
 * ```
 */
export const OnUnsubscribe = (): HookDecorator<HookEvents['unsubscribe']> => hook('unsubscribe');
