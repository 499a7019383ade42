/** The 13 message types of protocol section 3. */
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

/** Free keys beside the data (protocol section 2). */
export type Metadata = Record<string, unknown>;

/** Where a channel with history stands: `offset` grows by 1 per event, `epoch` names the counter's incarnation (section 6). */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** What went wrong. `code` is a `WsErrorCode`, or an application's own. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** A channel of a `subscribe` or `unsubscribe` for which it did not work. */
export interface ChannelFailure {
  readonly channel: string;
  readonly code: string;
  readonly message: string;
  /** When to try again, where a time is known: `retry_after_ms`. */
  readonly details?: { readonly retry_after_ms: number } | undefined;
}

/**
 * A channel to subscribe to: its name, or its name with where to recover from and whether joins and leaves are wanted.
 * `"acked"` is the position that the user acknowledged last.
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
  /** At most 128 characters; a reply carries that of its request. `undefined` is not written. */
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
        /** When the identity ends, in ms since 1970. Absent: it does not. */
        readonly expires_at?: number | undefined;
      }
    | { readonly success: false; readonly error: ErrorBody };
}

export interface SubscribeMessage extends Envelope<'subscribe'> {
  readonly data: { readonly channels: readonly ChannelRequest[] };
}

export interface SubscribeResponseMessage extends Envelope<'subscribe_response'> {
  readonly data: {
    /** True only where nothing failed. */
    readonly success: boolean;
    readonly subscribed: readonly string[];
    readonly failed?: readonly ChannelFailure[] | undefined;
    /** By channel name. Channel names are client text: build this with a null prototype. */
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
    /** Why the server ended the subscription; only in one that answers no `unsubscribe`. */
    readonly reason?: string | undefined;
  };
}

export interface RequestMessage extends Envelope<'request'> {
  readonly data: {
    readonly method: string;
    readonly params?: unknown;
    /** Milliseconds. */
    readonly timeout?: number | undefined;
  };
}

export interface ResponseMessage extends Envelope<'response'> {
  readonly data:
    | { readonly status: 'success'; readonly result?: unknown }
    | { readonly status: 'error'; readonly error: ErrorBody }
    /** One chunk of a streamed result; `sequence` counts from 0. */
    | { readonly status: 'pending'; readonly result?: unknown; readonly sequence: number }
    | { readonly status: 'cancelled' };
}

export interface EventMetadata {
  /** Absent in events sent to one connection or user rather than published to a channel. */
  readonly channel?: string | undefined;
  /** When it was published, in ms since 1970. */
  readonly timestamp: number;
  readonly epoch?: string | undefined;
  readonly offset?: number | undefined;
  /** Only in presence events. */
  readonly kind?: 'join' | 'leave' | undefined;
  /** Events before this one were dropped: the offsets `from`–`to`, or `true` where the channel has none (section 8). */
  readonly gap?: { readonly from: number; readonly to: number } | true | undefined;
}

export interface EventMessage {
  readonly type: 'event';
  /** The published payload, untouched. */
  readonly data: unknown;
  /** Present where an `ack` is asked for. */
  readonly correlation_id?: string | undefined;
  readonly metadata: EventMetadata;
}

/** Answers an event that carried a `correlation_id` (`data` goes back to the asker), or confirms a position of a channel. */
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
