import type { Connection, Identity } from '../connection/index.js';

/** What `@OnConnect()` methods get. */
export interface ConnectEvent {
  readonly connection: Connection;
  /** As it was when the event happened; at the end of the connection, the one that it had. */
  readonly identity: Identity;
}

/** What `@OnDisconnect()` methods get. */
export interface DisconnectEvent extends ConnectEvent {
  /** The close code (PROTOCOL §9); 1005 and 1006 when there was none. */
  readonly code: number;
  /** The name of the code, such as `SLOW_CONSUMER`; the number as text for a code that the protocol does not name. */
  readonly reason: string;
}

/** What `@OnSubscribe()` and `@OnUnsubscribe()` methods get. */
export interface SubscriptionEvent extends ConnectEvent {
  readonly channel: string;
}

/** The events by kind of hook. */
export interface HookEvents {
  readonly connect: ConnectEvent;
  readonly disconnect: DisconnectEvent;
  readonly subscribe: SubscriptionEvent;
  readonly unsubscribe: SubscriptionEvent;
}

export type HookKind = keyof HookEvents;
