import type { EventMetadata } from '@skreaver/protocol';
import type { ChannelEvent } from './channels/channel-event.js';
import type { ConsumeOptions, Consumer } from './channels/consumer.js';
import type { HistoryOptions, HistoryPage } from './channels/history.js';
import type { SubscribeOptions } from './channels/subscribe-options.js';
import type { Subscription } from './channels/subscription.js';
import type { Awaitable } from './client-options.js';
import type { ConnectionState } from './connection/connection-state.js';
import type { AnyContract, Channel, ChunkOf, Contract, EventOf, Method, ParamsOf, ResultOf } from './contract.js';
import type { MembersStore } from './presence/members-store.js';
import type { PublishOptions, Published } from './requests/publish.js';
import type { QuestionHandler } from './requests/questions.js';
import type { RequestOptions } from './requests/request-options.js';
import type { ResponseStream, StreamOptions } from './requests/response-stream.js';
import type { Wait } from './wait.js';

export interface ClientEvents {
  state: { readonly state: ConnectionState; readonly previous: ConnectionState };
  /**
   * What belongs to no call: a listener that threw, a renewal that failed, a subscription without `onError`, a consumer
   * that stopped.
   */
  error: unknown;
  /** Each frame, for debugging. The token is left out. */
  frame: { readonly direction: 'in' | 'out'; readonly text: string };
  /** An event without a channel: sent to this connection or this user alone, or to everybody. */
  direct: DirectEvent;
}

export interface DirectEvent {
  readonly data: unknown;
  readonly metadata: EventMetadata;
}

/** The client of one server. Reconnects by itself, and goes on where it stopped. */
export interface Client<C extends Contract = AnyContract> extends Disposable {
  readonly state: ConnectionState;
  /** Starts, also after a stop. Does nothing where it is under way. */
  connect(): void;
  /** Ends the connection. Subscriptions stay, and go on with the next `connect`; what waits for an answer rejects. */
  disconnect(): void;
  /** Connects, and resolves when connected. Rejects when the client stops or is disconnected. */
  ready(wait?: Wait): Promise<void>;
  /**
   * Renews the session of a user, or reconnects as another one. `null`: reconnects without a token. Requests that are made
   * after it wait until the server has taken the token.
   */
  setToken(token: string | null): void;
  /** Subscribes to a channel, at once and for all connections to come. Never throws. */
  subscribe<K extends Channel<C>>(channel: K, options?: SubscribeOptions<EventOf<C, K>>): Subscription<EventOf<C, K>>;
  /**
   * Handles the events of a channel one by one, each at least once, over all processes of the user. Those that the server
   * drops for a slow client are read from the history, with the permission `history`; the `gap` of the next event tells
   * what is not there any more.
   */
  consume<K extends Channel<C>>(
    channel: K,
    handle: (event: ChannelEvent<EventOf<C, K>>, context: { readonly signal: AbortSignal }) => Awaitable<void>,
    options?: ConsumeOptions,
  ): Consumer;
  /**
   * Calls a method. Waits for the connection if there is none.
   * Rejects with a `RequestError` (the server's answer), `TimeoutError`, `ConnectionLostError` (whether it was done is
   * unknown), `NotConnectedError`, `QueueFullError`, or the reason of the signal.
   */
  request<M extends Method<C>>(method: M, params?: ParamsOf<C, M>, options?: RequestOptions): Promise<ResultOf<C, M>>;
  /** Calls a method that streams its result. */
  stream<M extends Method<C>>(
    method: M,
    params?: ParamsOf<C, M>,
    options?: StreamOptions,
  ): ResponseStream<ChunkOf<C, M>, ResultOf<C, M>>;
  /** Publishes an event, once: with a lost connection it is published again under its key, until its timeout. */
  publish<K extends Channel<C>>(channel: K, data: EventOf<C, K>, options?: PublishOptions): Promise<Published>;
  /** Reads the history of a channel. Needs the permission `history`. */
  history<K extends Channel<C>>(
    channel: K,
    options?: HistoryOptions,
    request?: RequestOptions,
  ): Promise<HistoryPage<EventOf<C, K>>>;
  /** The members of a channel with presence, kept up to date. Failures go to the `error` event, and are tried again. */
  members(channel: Channel<C>): MembersStore;
  /**
   * Answers questions of the server. The result is the answer; `PASS` leaves it to the next handler, or to another device.
   * @returns a function that removes the handler
   */
  answer(handle: QuestionHandler): () => void;
  on<E extends keyof ClientEvents>(event: E, listener: (value: ClientEvents[E]) => void): () => void;
  /** Looks now whether the connection is alive, or tries now to connect. */
  wake(): void;
}
