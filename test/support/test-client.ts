import * as msgpack from '@msgpack/msgpack';
import { type ServerMessage, type ServerMessageType, subprotocols } from '@skreaver/protocol';
import type { Closed, MessageOf } from '@skreaver/nestjs-ws/testing';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { Inbox } from '../../src/testing/inbox.js';

export type { Closed, MessageOf };

const WAIT_MS = 30_000;

/** A plain WebSocket client that queues what it gets, so that a wait never misses a message. */
export class TestClient {
  readonly received: ServerMessage[] = [];
  readonly closed: Promise<Closed>;
  private readonly inbox = new Inbox();
  /** Answer the server's pings, as every client of the guide does. */
  answersPings = true;
  /** Offered by clients that name no subprotocols. */
  static protocols: readonly string[] = [];

  private constructor(readonly webSocket: WebSocket) {
    this.closed = new Promise((resolve) => {
      webSocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    webSocket.on('message', (data) => this.take(this.decode(data as Buffer)));
    webSocket.on('error', () => {});
  }

  /** Resolves once the connection is open; rejects when the server refuses it. */
  static async open(url: string, options: ClientOptions & { protocols?: string[] } = {}): Promise<TestClient> {
    const { protocols, ...rest } = options;
    const webSocket = new WebSocket(url, protocols ?? [...TestClient.protocols], rest);
    onTestFinished(() => webSocket.terminate());
    const client = new TestClient(webSocket);
    await new Promise<void>((resolve, reject) => {
      webSocket.once('open', resolve);
      webSocket.once('error', reject);
    });
    return client;
  }

  get isPacked(): boolean {
    return this.webSocket.protocol === subprotocols.msgpack;
  }

  /** An object is sent in the encoding of the connection, text and bytes as they are. */
  send(message: object | string | Buffer): void {
    this.webSocket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : this.encode(message));
  }

  /** By another library than the server's. */
  private encode(message: object): string | Uint8Array {
    return this.isPacked ? msgpack.encode(message, { ignoreUndefined: true }) : JSON.stringify(message);
  }

  private decode(data: Buffer): ServerMessage {
    return (this.isPacked ? msgpack.decode(new Uint8Array(data)) : JSON.parse(data.toString())) as ServerMessage;
  }

  /** The next unread message of a type, leaving others unread. */
  async next<T extends ServerMessageType>(type: T): Promise<MessageOf<T>> {
    return this.nextWhere((message): message is MessageOf<T> => message.type === type, type);
  }

  async nextWhere<M extends ServerMessage>(
    fits: (message: ServerMessage) => message is M,
    what = 'message',
  ): Promise<M> {
    return this.inbox.take(fits, what, WAIT_MS);
  }

  /** Sends and waits for the answer with the same correlation id. */
  async ask(message: { type: string; data?: unknown; metadata?: unknown }): Promise<ServerMessage> {
    const correlation_id = `ask-${Math.random().toString(36).slice(2)}`;
    this.send({ ...message, correlation_id });
    return this.nextWhere((answer): answer is ServerMessage => answer.correlation_id === correlation_id, 'answer');
  }

  async subscribe(...channels: string[]): Promise<MessageOf<'subscribe_response'>> {
    return (await this.ask({ type: 'subscribe', data: { channels } })) as MessageOf<'subscribe_response'>;
  }

  async request(method: string, params?: unknown, timeout?: number): Promise<MessageOf<'response'>> {
    return (await this.ask({ type: 'request', data: { method, params, timeout } })) as MessageOf<'response'>;
  }

  /** Everything sent so far has been handled once this returns. */
  async settle(): Promise<void> {
    await this.ask({ type: 'ping' });
  }

  /** Stops reading the socket, as a stalled peer does. */
  stall(): void {
    this.webSocket.pause();
  }

  private take(message: ServerMessage): void {
    if (message.type === 'ping' && this.answersPings) this.send({ type: 'pong' });
    this.received.push(message);
    this.inbox.add(message);
  }
}
