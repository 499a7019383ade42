import { type ServerMessage, type ServerMessageType } from '@skreaver/protocol';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

export type MessageOf<T extends ServerMessageType> = Extract<ServerMessage, { type: T }>;

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

const WAIT_MS = 10_000;

/** A plain WebSocket client that queues what it gets, so that a wait never misses a message. */
export class TestClient {
  readonly received: ServerMessage[] = [];
  readonly closed: Promise<Closed>;
  private readonly unread: ServerMessage[] = [];
  private waiting: (() => void)[] = [];
  /** Answer the server's pings, as every client of the guide does. */
  answersPings = true;

  private constructor(readonly webSocket: WebSocket) {
    this.closed = new Promise((resolve) => {
      webSocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    webSocket.on('message', (data) => this.take(JSON.parse((data as Buffer).toString()) as ServerMessage));
    webSocket.on('error', () => {});
  }

  /** Resolves once the connection is open; rejects when the server refuses it. */
  static async open(url: string, options: ClientOptions & { protocols?: string[] } = {}): Promise<TestClient> {
    const { protocols, ...rest } = options;
    const webSocket = new WebSocket(url, protocols ?? [], rest);
    onTestFinished(() => webSocket.terminate());
    const client = new TestClient(webSocket);
    await new Promise<void>((resolve, reject) => {
      webSocket.once('open', resolve);
      webSocket.once('error', reject);
    });
    return client;
  }

  /** An object is sent as JSON, text and bytes as they are. */
  send(message: object | string | Buffer): void {
    this.webSocket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** The next unread message of a type, leaving others unread. */
  async next<T extends ServerMessageType>(type: T): Promise<MessageOf<T>> {
    return this.nextWhere((message): message is MessageOf<T> => message.type === type, type);
  }

  async nextWhere<M extends ServerMessage>(
    fits: (message: ServerMessage) => message is M,
    what = 'message',
  ): Promise<M> {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const index = this.unread.findIndex(fits);
      if (index >= 0) return this.unread.splice(index, 1)[0] as M;
      const left = until - performance.now();
      if (left <= 0) throw new Error(`No ${what} within ${WAIT_MS} ms; got ${JSON.stringify(this.received)}`);
      await this.arrival(left);
    }
  }

  /** Sends and waits for the answer with the same correlation id. */
  async ask(message: { type: string; data?: unknown }): Promise<ServerMessage> {
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
    this.unread.push(message);
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  private arrival(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
