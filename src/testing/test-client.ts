import {
  type ChannelRequest,
  type ClientMessage,
  type EventMessage,
  type Position,
  type ServerMessage,
  type ServerMessageType,
  type SubscribeResponseMessage,
  readJson,
  subprotocols,
} from '@skreaver/protocol';
import { pack, unpackValue } from '@skreaver/protocol/msgpack';
import type { WebSocket } from 'ws';
import { excerpt } from './excerpt.js';
import { Inbox } from './inbox.js';
import { RequestError } from './request-error.js';

/** A message of one type. */
export type MessageOf<T extends ServerMessageType> = Extract<ServerMessage, { type: T }>;

/** How a connection ended. 1006 where it was cut without a close frame. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** Time that the waits of a client take at most, in ms. */
const WAIT_MS = 5000;

/**
 * A client of the application under test, over a real socket. It answers the server's pings, and keeps what it receives
 * until it is taken. Its timers are those of Node, also where a test framework replaces the global ones.
 * @example
 * ```ts
 * import type { TestClient } from '@skreaver/nestjs-ws/testing';
 *
 * export async function loseNothing(before: TestClient, after: TestClient): Promise<void> {
 *   await before.cut();
 *   const since = before.positionOf('room:1');
 *   await after.subscribe({ channel: 'room:1', ...(since && { since }) });
 *   await after.expectNothing();
 * }
 * ```
 */
export class TestClient {
  /** All messages received, pings included. */
  readonly received: ServerMessage[] = [];
  /** Resolves when the connection has ended. Never rejects. */
  readonly closed: Promise<Closed>;
  private readonly inbox = new Inbox();
  private readonly positions = new Map<string, Position>();
  private requests = 0;
  private identity: { readonly user_id: string; readonly connection_id: string } | undefined;

  /** @internal Use `connect`. */
  constructor(
    private readonly webSocket: WebSocket,
    private readonly pass: (ms: number) => Promise<void>,
  ) {
    this.closed = new Promise((resolve) => {
      webSocket.on('close', (code, reason) => {
        this.inbox.end(`the connection ended with ${code} ${reason.toString()}`.trimEnd());
        resolve({ code, reason: reason.toString() });
      });
    });
    webSocket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      this.receive((isBinary ? unpackValue(bytes) : readJson(bytes.toString())) as ServerMessage);
    });
    webSocket.on('error', () => {});
  }

  /** The user of the connection. @throws Error before it is authenticated */
  get userId(): string {
    return this.authenticated.user_id;
  }

  /** The id of the connection on the server. @throws Error before it is authenticated */
  get connectionId(): string {
    return this.authenticated.connection_id;
  }

  /**
   * Where the client is in a channel, to recover from (PROTOCOL §6): at its last event, or where it was told to begin.
   * Undefined without history.
   */
  positionOf(channel: string): Position | undefined {
    return this.positions.get(channel);
  }

  /** Sends a message as it is, in the encoding of the connection. */
  send(message: ClientMessage): void {
    const isPacked = this.webSocket.protocol === subprotocols.msgpack;
    this.webSocket.send(isPacked ? pack(message) : JSON.stringify(message));
  }

  /**
   * Takes the next unread message of a type. Others stay unread.
   * @param where only messages for which this is true count
   * @throws Error when none comes within `ms` (5,000), or when the connection has ended
   */
  next<T extends ServerMessageType>(
    type: T,
    where: (message: MessageOf<T>) => boolean = () => true,
    ms = WAIT_MS,
  ): Promise<MessageOf<T>> {
    const fits = (message: ServerMessage): message is MessageOf<T> =>
      message.type === type && where(message as MessageOf<T>);
    return this.inbox.take(fits, `a message "${type}"`, ms);
  }

  /**
   * Lets time pass for the whole application: on the fake timers of the option `advanceTimers` of `connect`, otherwise in
   * real time. Its clients answer pings meanwhile, as in real time.
   * @throws Error when the server does not follow the fake timers
   * @example
   * ```ts
   * import { type TestClient } from '@skreaver/nestjs-ws/testing';
   *
   * export async function isIdleForAnHour(client: TestClient): Promise<boolean> {
   *   await client.passTime(3_600_000);
   *   return client.received.some(({ type }) => type === 'ping');
   * }
   * ```
   */
  passTime(ms: number): Promise<void> {
    return this.pass(ms);
  }

  /**
   * Proves that nothing unread has come within `ms` (0) and that nothing is on its way: time passes as by
   * {@link passTime}, then a ping and its pong go round. What the server decides to send later is not seen.
   * @throws Error that shows the messages
   */
  async expectNothing(ms = 0): Promise<void> {
    await this.pass(ms);
    await this.answerTo({ type: 'ping' });
    const { unread } = this.inbox;
    if (unread.length > 0) throw new Error(`Expected no message, but got ${excerpt(JSON.stringify(unread))}`);
  }

  /** Authenticates, or renews the token. @throws RequestError when the token is refused */
  async authenticate(token: string): Promise<void> {
    const { data } = (await this.answerTo({ type: 'auth', data: { token } })) as MessageOf<'auth_response'>;
    if (!data.success) throw new RequestError(data.error);
  }

  /** Subscribes, by name or with a position to recover from. Returns the response's data, with what failed. */
  async subscribe(...channels: readonly ChannelRequest[]): Promise<SubscribeResponseMessage['data']> {
    const answer = await this.answerTo({ type: 'subscribe', data: { channels } });
    return (answer as SubscribeResponseMessage).data;
  }

  async unsubscribe(...channels: readonly string[]): Promise<void> {
    await this.answerTo({ type: 'unsubscribe', data: { channels } });
  }

  /**
   * Calls a method and returns its result. The chunks of a streaming method are ignored; see {@link stream}.
   * @throws RequestError when the response is an error
   */
  async request<T = unknown>(method: string, params?: unknown): Promise<T> {
    const stream = this.stream(method, params);
    for (;;) {
      const { done, value } = await stream.next();
      if (done === true) return value as T;
    }
  }

  /**
   * Calls a streaming method: yields its chunks, and returns its result. Ending the iteration early cancels the request.
   * @throws RequestError when the response is an error, or when the request was cancelled
   */
  async *stream(method: string, params?: unknown): AsyncGenerator<unknown, unknown, void> {
    const correlationId = this.newCorrelationId();
    this.send({ type: 'request', data: { method, params }, correlation_id: correlationId });
    let isRunning = true;
    try {
      for (;;) {
        const { data } = await this.next('response', ({ correlation_id }) => correlation_id === correlationId);
        if (data.status === 'pending') {
          yield data.result;
          continue;
        }
        isRunning = false;
        if (data.status === 'success') return data.result;
        throw new RequestError(
          data.status === 'error' ? data.error : { code: 'REQUEST_CANCELLED', message: 'The request was cancelled.' },
        );
      }
    } finally {
      if (isRunning && this.webSocket.readyState === this.webSocket.OPEN) await this.cancel(correlationId);
    }
  }

  /** Answers an event that the application asked a question with (PROTOCOL §3, `ack`). */
  answer({ correlation_id }: EventMessage, data: unknown): void {
    if (correlation_id === undefined) throw new Error('The event asks for no answer: it has no correlation_id.');
    this.send({ type: 'ack', correlation_id, data });
  }

  /** @internal Resolves when the server has handled what the client sent until now, or cannot say so. */
  async keepUp(): Promise<void> {
    const { webSocket } = this;
    if (webSocket.readyState !== webSocket.OPEN || webSocket.isPaused) return;
    try {
      await this.answerTo({ type: 'ping' });
    } catch (error) {
      if (webSocket.readyState === webSocket.OPEN) throw error;
    }
  }

  /** Stops reading, as a peer does whose network stalls. What the server sends waits there. */
  stall(): void {
    this.webSocket.pause();
  }

  /** Reads again. */
  resume(): void {
    this.webSocket.resume();
  }

  /** Cuts the connection without a close frame, as a lost network does. Resolves when it has ended here. */
  async cut(): Promise<void> {
    this.webSocket.resume();
    this.webSocket.terminate();
    await this.closed;
  }

  /** Closes the connection properly, with 1000. Resolves when it has ended. */
  async close(): Promise<Closed> {
    this.webSocket.resume();
    this.webSocket.close(1000);
    return this.closed;
  }

  private get authenticated(): { readonly user_id: string; readonly connection_id: string } {
    if (this.identity === undefined) throw new Error('The connection is not authenticated yet.');
    return this.identity;
  }

  private async cancel(correlationId: string): Promise<void> {
    await this.request('cancel', { correlation_id: correlationId });
    // Chunks may have been on their way. The terminal response comes before that of `cancel`.
    for (;;) {
      const { data } = await this.next('response', ({ correlation_id }) => correlation_id === correlationId);
      if (data.status !== 'pending') return;
    }
  }

  /** Sends a message and takes the message that answers it. */
  private answerTo(message: ClientMessage): Promise<ServerMessage> {
    const correlation_id = this.newCorrelationId();
    this.send({ ...message, correlation_id });
    const fits = (answer: ServerMessage): answer is ServerMessage => answer.correlation_id === correlation_id;
    return this.inbox.take(fits, `the answer to "${message.type}"`, WAIT_MS);
  }

  private newCorrelationId(): string {
    this.requests += 1;
    return `test-${this.requests}`;
  }

  private receive(message: ServerMessage): void {
    this.received.push(message);
    if (message.type === 'ping') {
      this.send({ type: 'pong' });
      return;
    }
    if (message.type === 'auth_response' && message.data.success) this.identity = message.data;
    if (message.type === 'event') this.follow(message);
    if (message.type === 'subscribe_response') this.begin(message);
    this.inbox.add(message);
  }

  /** A client that recovers goes on from its own position, event by event (PROTOCOL §6). */
  private begin({ data: { positions = {} } }: SubscribeResponseMessage): void {
    for (const [channel, { epoch, offset, recovered }] of Object.entries(positions))
      if (!recovered) this.positions.set(channel, { epoch, offset });
  }

  private follow({ metadata }: EventMessage): void {
    const { channel, epoch, offset } = metadata ?? {};
    if (channel !== undefined && epoch !== undefined && offset !== undefined) {
      this.positions.set(channel, { epoch, offset });
    }
  }
}
