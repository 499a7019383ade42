/** The 13 message types of PROTOCOL §3. */
export const WsMessageType = {
  Auth: 'auth',
  AuthResponse: 'auth_response',
  Subscribe: 'subscribe',
  SubscribeResponse: 'subscribe_response',
  Unsubscribe: 'unsubscribe',
  UnsubscribeResponse: 'unsubscribe_response',
  Request: 'request',
  Response: 'response',
  Event: 'event',
  Ack: 'ack',
  Ping: 'ping',
  Pong: 'pong',
  Error: 'error',
} as const;

export type WsMessageType = (typeof WsMessageType)[keyof typeof WsMessageType];

export const clientMessageTypes = ['auth', 'subscribe', 'unsubscribe', 'request', 'ack', 'ping', 'pong'] as const;

export const serverMessageTypes = [
  'auth_response',
  'subscribe_response',
  'unsubscribe_response',
  'response',
  'event',
  'ping',
  'pong',
  'error',
] as const;

export type ClientMessageType = (typeof clientMessageTypes)[number];
export type ServerMessageType = (typeof serverMessageTypes)[number];

/** Application-defined keys next to the data (PROTOCOL §2). */
export type Metadata = Record<string, unknown>;

/**
 * A position in the history of a channel (PROTOCOL §6). `offset` grows by 1 with each event. A new `epoch` means that
 * the counter may have started again, for example after a restart of the server.
 */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** The description of an error. `code` is a `WsErrorCode`, or a code of the application. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** A channel for which a `subscribe` or `unsubscribe` failed. */
export interface ChannelFailure {
  readonly channel: string;
  readonly code: string;
  readonly message: string;
  /** The milliseconds after which to try again, if known. */
  readonly details?: { readonly retry_after_ms: number } | undefined;
}

/**
 * A channel to subscribe to: its name, or its name with options. `since` is the position to recover from, where
 * `"acked"` is the last one that the user acknowledged. `join_leave` asks for presence events.
 */
export type ChannelRequest =
  | string
  | {
      readonly channel: string;
      readonly since?: Position | 'acked' | undefined;
      readonly join_leave?: boolean | undefined;
    };

interface Envelope<Type extends WsMessageType> {
  readonly type: Type;
  /** At most 128 characters. A reply carries the id of its request. `undefined` is not written. */
  readonly correlation_id?: string | undefined;
  readonly metadata?: Metadata | undefined;
}

export interface AuthMessage extends Envelope<'auth'> {
  readonly data: { readonly token: string };
}

export interface AuthResponseMessage extends Envelope<'auth_response'> {
  readonly data:
    | {
        readonly success: true;
        readonly user_id: string;
        readonly connection_id: string;
        /** The time at which the identity expires, in ms since 1970. Absent if it does not expire. */
        readonly expires_at?: number | undefined;
        /** The same as whole seconds from now, as in OAuth, whatever the clock of the client says. */
        readonly expires_in?: number | undefined;
        /**
         * Milliseconds between two `ping` messages of the server (PROTOCOL §7). Absent where it sends ping frames instead,
         * which pages do not see.
         */
        readonly ping_interval?: number | undefined;
        /** The milliseconds over which a client spreads its first attempt after a loss of the connection (PROTOCOL §9). */
        readonly reconnect_window_ms?: number | undefined;
        /** Messages a second that the server takes from this connection, and how many at once (PROTOCOL §9). */
        readonly message_rate?: number | undefined;
        readonly message_burst?: number | undefined;
        /** Requests of this connection that may run at a time (PROTOCOL §5). */
        readonly max_requests?: number | undefined;
      }
    | { readonly success: false; readonly error: ErrorBody };
}

export interface SubscribeMessage extends Envelope<'subscribe'> {
  readonly data: { readonly channels: readonly ChannelRequest[] };
}

export interface SubscribeResponseMessage extends Envelope<'subscribe_response'> {
  readonly data: {
    /** True only if no channel failed. */
    readonly success: boolean;
    readonly subscribed: readonly string[];
    readonly failed?: readonly ChannelFailure[] | undefined;
    /** Positions by channel name. Clients choose channel names, so this object must have a null prototype. */
    readonly positions?: Readonly<Record<string, Position & { readonly recovered: boolean }>> | undefined;
  };
}

export interface UnsubscribeMessage extends Envelope<'unsubscribe'> {
  readonly data: { readonly channels: readonly string[] };
}

export interface UnsubscribeResponseMessage extends Envelope<'unsubscribe_response'> {
  readonly data: {
    readonly success: boolean;
    readonly unsubscribed: readonly string[];
    readonly failed?: readonly ChannelFailure[] | undefined;
    /** The reason for which the server ended the subscription. Absent in an answer to `unsubscribe`. */
    readonly reason?: string | undefined;
  };
}

export interface RequestMessage extends Envelope<'request'> {
  readonly data: {
    readonly method: string;
    readonly params?: unknown;
    /** The time limit of the request, in milliseconds. */
    readonly timeout?: number | undefined;
  };
}

export interface ResponseMessage extends Envelope<'response'> {
  readonly data:
    | { readonly status: 'success'; readonly result?: unknown }
    | { readonly status: 'error'; readonly error: ErrorBody }
    /** A chunk of a streamed result. `sequence` counts from 0. */
    | { readonly status: 'pending'; readonly result?: unknown; readonly sequence: number }
    | { readonly status: 'cancelled' };
}

/** The client that published an event. Stamped by the server: no client can name another. */
export interface EventSender {
  readonly user_id: string;
}

export interface EventMetadata {
  /** The channel of a publication. Absent in events sent to one connection or user. */
  readonly channel?: string | undefined;
  /** The channel that it was published in, if `channel` is a mirror of that (PROTOCOL §3). */
  readonly mirrored_from?: string | undefined;
  /** The time of publication, in ms since 1970. */
  readonly timestamp: number;
  readonly epoch?: string | undefined;
  readonly offset?: number | undefined;
  /**
   * The client that published it, as the server authenticated it at that moment. Absent in events of the application
   * (PROTOCOL §3).
   */
  readonly from?: EventSender | undefined;
  /** What the application says of its event (PROTOCOL §3). Absent in events of clients. */
  readonly app?: Metadata | undefined;
  /**
   * The kind of an event that is not data of the application: a presence event, `skipped`, the place of an event that
   * this connection does not get, or `withdrawn`, which takes back the question of the same `correlation_id`. A client ignores events of a kind that it does not know (PROTOCOL §3).
   */
  readonly kind?: 'join' | 'leave' | 'skipped' | 'withdrawn' | undefined;
  /** Events dropped before this one: the offsets `from`–`to`, or `true` if the channel has no offsets (PROTOCOL §8). */
  readonly gap?: { readonly from: number; readonly to: number } | true | undefined;
}

export interface EventMessage {
  readonly type: 'event';
  /** The published payload, untouched. */
  readonly data: unknown;
  /** Present if the event asks for an `ack`, or withdraws the question of that id. */
  readonly correlation_id?: string | undefined;
  readonly metadata: EventMetadata;
}

/**
 * Answers an event that has a `correlation_id` (`data` returns to the sender), or acknowledges a position of a channel.
 */
export type AckMessage =
  | {
      readonly type: 'ack';
      readonly correlation_id: string;
      readonly data?: unknown;
      readonly metadata?: Metadata | undefined;
    }
  | {
      readonly type: 'ack';
      readonly correlation_id?: undefined;
      readonly data: { readonly channel: string; readonly offset: number };
      readonly metadata?: Metadata | undefined;
    };

export interface PingMessage extends Envelope<'ping'> {
  readonly data?: { readonly timestamp?: number | undefined } | undefined;
}

/** Carries the data and the correlation id of the ping it answers. */
export interface PongMessage extends Envelope<'pong'> {
  readonly data?: { readonly timestamp?: number | undefined } | undefined;
}

export interface ErrorMessage extends Envelope<'error'> {
  readonly data: ErrorBody;
}

export type ClientMessage =
  AuthMessage | SubscribeMessage | UnsubscribeMessage | RequestMessage | AckMessage | PingMessage | PongMessage;

export type ServerMessage =
  | AuthResponseMessage
  | SubscribeResponseMessage
  | UnsubscribeResponseMessage
  | ResponseMessage
  | EventMessage
  | PingMessage
  | PongMessage
  | ErrorMessage;

export type WsMessage = ClientMessage | ServerMessage;
