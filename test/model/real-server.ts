import { setImmediate as turn } from 'node:timers/promises';
import type { Position, ServerMessage } from '@skreaver/protocol';
import { Backplane, CloseCode } from '@skreaver/nestjs-ws';
import { Acknowledgements } from '../../src/delivery/index.js';
import type { TestApp } from '../support/test-app.js';
import { type MessageOf, TestClient } from '../support/test-client.js';
import type { HistoryRange } from './history-channel.js';
import {
  type HistoryOutcome,
  type Incoming,
  type ModelServer,
  type PublishOutcome,
  type SubscribeOutcome,
  type SubscribeRequest,
} from './model-server.js';
import { mustEqual } from './must-equal.js';
import { Translator } from './translator.js';

const GONE_WITHIN_MS = 5000;

interface RealClient {
  readonly id: string;
  readonly socket: TestClient;
  /** Messages that were looked at. */
  read: number;
}

/** Does over real sockets what the model does in its head, and tells the outcome in the model's words. */
export class RealServer {
  private readonly clients = new Map<number, RealClient>();
  private readonly translator: Translator;

  constructor(readonly app: TestApp) {
    this.translator = new Translator(async (channel) => (await app.subscriptions.history(channel)).epoch);
  }

  async connect(slot: number, user: string | undefined): Promise<void> {
    const known = new Set(this.app.registry.list());
    const socket = await TestClient.open(`${this.app.url}${user === undefined ? '' : `?token=token-${user}`}`);
    const connection = this.app.registry.list().find((each) => !known.has(each));
    this.clients.set(slot, { id: connection?.id ?? '', socket, read: 0 });
  }

  async disconnect(slot: number, by: 'client' | 'cut' | 'server'): Promise<void> {
    const { id, socket } = this.client(slot);
    if (by === 'client') socket.webSocket.close();
    else if (by === 'cut') socket.webSocket.terminate();
    else void this.app.registry.disconnect(id, CloseCode.Reconnect);
    await this.gone(slot, by === 'server' ? CloseCode.Reconnect : undefined);
  }

  async authenticate(slot: number, token: string): Promise<'accepted' | 'refused' | 'closed'> {
    const { socket } = this.client(slot);
    const answer = (await socket.ask({ type: 'auth', data: { token } })) as MessageOf<'auth_response'>;
    if (answer.data.success) return 'accepted';
    // A closing socket answers no ping.
    const isClosed = await Promise.race([socket.closed, socket.settle().then(() => undefined)]);
    if (isClosed === undefined) return 'refused';
    await this.gone(slot, CloseCode.AuthenticationFailed);
    return 'closed';
  }

  async subscribe(slot: number, requests: readonly SubscribeRequest[]): Promise<SubscribeOutcome | string> {
    const channels = await Promise.all(requests.map((request) => this.translator.channelRequest(request)));
    const answer = await this.ask(slot, { type: 'subscribe', data: { channels } });
    if (answer.type !== 'subscribe_response') return codeOf(answer);
    const { success, subscribed, failed = [], positions = {} } = answer.data;
    mustEqual(success, failed.length === 0);
    const codes = Object.fromEntries(failed.map(({ channel, code }) => [channel, code]));
    const inModel = Object.entries(positions).map(
      ([channel, { recovered, ...position }]) =>
        [channel, { ...this.translator.position(channel, position), recovered }] as const,
    );
    return { subscribed: subscribed.toSorted(), failed: codes, positions: Object.fromEntries(inModel) };
  }

  async unsubscribe(slot: number, channels: readonly string[]): Promise<readonly string[] | string> {
    const answer = await this.ask(slot, { type: 'unsubscribe', data: { channels } });
    return answer.type === 'unsubscribe_response' ? answer.data.unsubscribed : codeOf(answer);
  }

  async broadcast(channel: string, data: unknown, idempotencyKey?: string): Promise<PublishOutcome> {
    return this.translator.receipt(channel, await this.app.subscriptions.broadcast(channel, data, { idempotencyKey }));
  }

  async publish(slot: number, channel: string, data: unknown, key?: string): Promise<PublishOutcome> {
    const answer = await this.request(slot, 'publish', { channel, data, idempotency_key: key });
    return typeof answer === 'string' ? { error: answer } : this.translator.receipt(channel, answer.result as object);
  }

  async history(slot: number, channel: string, range: HistoryRange): Promise<HistoryOutcome> {
    const since = range.since && (await this.translator.realPosition(channel, range.since));
    const answer = await this.request(slot, 'history', { channel, ...range, since });
    return typeof answer === 'string' ? answer : this.translator.history(channel, answer.result as object);
  }

  /** Returns how far the user has said to have got, this one taken into account. */
  async acknowledge(slot: number, channel: string, offset: number): Promise<Position | undefined> {
    const { id, socket } = this.client(slot);
    socket.send({ type: 'ack', data: { channel, offset } });
    await socket.settle();
    const user = this.app.registry.get(id)?.userId ?? '';
    await this.app.app.get(Acknowledgements, { strict: false }).flush();
    const position = await this.app.app.get(Backplane).acknowledged(channel, user);
    return position && this.translator.position(channel, position);
  }

  async sendToUser(user: string, data: unknown): Promise<number> {
    return (await this.app.subscriptions.sendToUser(user, data)).delivered;
  }

  revoke(user: string, channel: string | undefined): Promise<number> {
    return this.app.subscriptions.revoke(user, channel);
  }

  async presence(channel: string): Promise<ReadonlyMap<string, number>> {
    const { members } = await this.app.subscriptions.presence(channel);
    return new Map(members.map(({ userId, connections }) => [userId, connections]));
  }

  /** The result, or the code of the error. */
  async request(slot: number, method: string, params?: unknown): Promise<{ readonly result: unknown } | string> {
    const answer = await this.ask(slot, { type: 'request', data: { method, params } });
    if (answer.type !== 'response' || answer.data.status !== 'success') return codeOf(answer);
    return { result: answer.data.result };
  }

  /** A streamed request; cancelled after so many chunks. Returns how it ended, and the sequence of its chunks. */
  async stream(slot: number, chunks: number, cancelAfter?: number): Promise<{ end: string; sequence: number[] }> {
    const { socket } = this.client(slot);
    const correlation_id = `stream-${Math.random()}`;
    const sequence: number[] = [];
    const isAnswer = (message: ServerMessage): message is MessageOf<'response'> =>
      message.type === 'response' && message.correlation_id === correlation_id;
    socket.send({ type: 'request', data: { method: 'count', params: chunks }, correlation_id });
    for (;;) {
      const { data } = await socket.nextWhere(isAnswer, 'a part of the stream');
      if (data.status !== 'pending') return { end: data.status, sequence };
      sequence.push(data.sequence);
      if (sequence.length === cancelAfter) {
        mustEqual(await this.request(slot, 'cancel', { correlation_id }), { result: { cancelled: true } });
      }
    }
  }

  async askClient(slot: number, data: unknown): Promise<unknown> {
    const { id, socket } = this.client(slot);
    const answer = this.app.subscriptions.ask(id, data);
    const isQuestion = (message: ServerMessage): message is MessageOf<'event'> =>
      message.type === 'event' && message.correlation_id !== undefined;
    const question = await socket.nextWhere(isQuestion, 'question');
    socket.send({ type: 'ack', correlation_id: question.correlation_id, data: question.data });
    return answer;
  }

  /** Both must be in the same state: who is here, who is subscribed to what, and what every client got since last time. */
  async compareWith(model: ModelServer): Promise<void> {
    for (const { socket } of this.clients.values()) await socket.settle();
    const { app } = this;
    mustEqual([...this.clients.keys()].toSorted(), [...model.clients.keys()].toSorted());
    for (const [slot, client] of model.clients) {
      const { id } = this.client(slot);
      mustEqual([slot, this.incoming(slot)], [slot, client.inbox]);
      client.inbox = [];
      mustEqual([slot, app.registry.get(id)?.userId], [slot, client.user]);
      mustEqual([slot, app.subscriptions.subscriptionsOf(id).toSorted()], [slot, [...client.channels].toSorted()]);
    }
    const all = [...model.clients.values()];
    const channels = [...new Set(all.flatMap((client) => [...client.channels]))].toSorted();
    const counts = channels.map((channel) => ({ channel, subscribers: model.subscribersOf(channel).length }));
    mustEqual(
      app.subscriptions.channels().toSorted((a, b) => (a.channel < b.channel ? -1 : 1)),
      counts,
    );
    const { activeConnections, authenticatedConnections, channels: open } = app.registry.getStats();
    const authenticated = all.filter(({ user }) => user !== undefined).length;
    mustEqual(
      { activeConnections, authenticatedConnections, open },
      { activeConnections: all.length, authenticatedConnections: authenticated, open: channels.length },
    );
  }

  async close(): Promise<void> {
    for (const slot of this.clients.keys()) await this.disconnect(slot, 'cut');
  }

  private client(slot: number): RealClient {
    const client = this.clients.get(slot);
    if (client === undefined) throw new Error(`There is no client ${slot}.`);
    return client;
  }

  private ask(slot: number, message: { type: string; data?: unknown }): Promise<ServerMessage> {
    return this.client(slot).socket.ask(message);
  }

  /** Waits until both sides know that the connection is no more. */
  private async gone(slot: number, code: number | undefined): Promise<void> {
    const { id, socket } = this.client(slot);
    this.clients.delete(slot);
    const closed = await socket.closed;
    if (code !== undefined) mustEqual(closed.code, code);
    const until = performance.now() + GONE_WITHIN_MS;
    while (this.app.registry.get(id) !== undefined && performance.now() < until) await turn();
    mustEqual(this.app.registry.get(id), undefined);
  }

  /** What came unasked since last time. Answers and questions were looked at where they belong. */
  private incoming(slot: number): Incoming[] {
    const client = this.client(slot);
    const { received } = client.socket;
    const messages = received.slice(client.read);
    client.read = received.length;
    return messages.flatMap((message) =>
      message.correlation_id === undefined ? this.translator.incoming(message) : [],
    );
  }
}

function codeOf(answer: ServerMessage): string {
  const data = answer.data as { code?: string; status?: string; error?: { code: string } };
  return data.code ?? data.error?.code ?? data.status ?? `unexpected ${answer.type}`;
}
