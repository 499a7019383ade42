import { setImmediate as turn } from 'node:timers/promises';
import type { Position, ServerMessage } from '@skreaver/protocol';
import { CloseCode } from '@skreaver/nestjs-ws';
import type { TestApp } from '../support/test-app.js';
import { type MessageOf, TestClient } from '../support/test-client.js';
import { mustEqual } from './must-equal.js';
import {
  EPOCH,
  type ModelEvent,
  type ModelServer,
  type PublishOutcome,
  type SubscribeOutcome,
} from './model-server.js';

type Positions = Readonly<Record<string, Position & { readonly recovered: boolean }>>;

interface RealClient {
  readonly id: string;
  readonly socket: TestClient;
  /** Messages that were looked at. */
  read: number;
}

/** Does over real sockets what the model does in its head, and tells the outcome in the model's words. */
export class RealServer {
  private readonly clients = new Map<number, RealClient>();
  private readonly epochs = new Map<string, string>();

  constructor(readonly app: TestApp) {}

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
    else this.app.registry.disconnect(id, CloseCode.Reconnect);
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

  async subscribe(
    slot: number,
    channels: readonly { channel: string; since?: Position | undefined }[],
  ): Promise<SubscribeOutcome | string> {
    const requests = channels.map(({ channel, since }) =>
      since === undefined ? channel : { channel, since: { ...since, epoch: this.realEpoch(channel, since.epoch) } },
    );
    const answer = await this.ask(slot, { type: 'subscribe', data: { channels: requests } });
    if (answer.type !== 'subscribe_response') return codeOf(answer);
    const { success, subscribed, failed = [], positions = {} } = answer.data;
    mustEqual(success, failed.length === 0);
    return {
      subscribed: subscribed.toSorted(),
      failed: Object.fromEntries(failed.map(({ channel, code }) => [channel, code])),
      positions: this.modelPositions(positions),
    };
  }

  async unsubscribe(slot: number, channels: readonly string[]): Promise<readonly string[] | string> {
    const answer = await this.ask(slot, { type: 'unsubscribe', data: { channels } });
    return answer.type === 'unsubscribe_response' ? answer.data.unsubscribed : codeOf(answer);
  }

  async broadcast(channel: string, data: unknown): Promise<PublishOutcome> {
    return this.publishOutcome(channel, await this.app.subscriptions.broadcast(channel, data));
  }

  async publish(slot: number, channel: string, data: unknown): Promise<PublishOutcome> {
    const answer = await this.request(slot, 'publish', { channel, data });
    return typeof answer === 'string' ? { error: answer } : this.publishOutcome(channel, answer.result as object);
  }

  async sendToUser(user: string, data: unknown): Promise<number> {
    return (await this.app.subscriptions.sendToUser(user, data)).delivered;
  }

  /** The result, or the code of the error. */
  async request(slot: number, method: string, params?: unknown): Promise<{ readonly result: unknown } | string> {
    const answer = await this.ask(slot, { type: 'request', data: { method, params } });
    if (answer.type !== 'response' || answer.data.status !== 'success') return codeOf(answer);
    return { result: answer.data.result };
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
      mustEqual([slot, this.newEvents(slot)], [slot, client.inbox]);
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
    const until = performance.now() + 5000;
    while (this.app.registry.get(id) !== undefined && performance.now() < until) await turn();
    mustEqual(this.app.registry.get(id), undefined);
  }

  private newEvents(slot: number): ModelEvent[] {
    const client = this.client(slot);
    const { received } = client.socket;
    const messages = received.slice(client.read);
    client.read = received.length;
    // Answers were looked at where they were asked for, questions too.
    return messages.flatMap((message) => {
      const isEvent = message.type === 'event' && message.correlation_id === undefined;
      return isEvent ? [this.modelEvent(message)] : [];
    });
  }

  private modelEvent({ data, metadata }: MessageOf<'event'>): ModelEvent {
    const { channel, epoch, offset } = metadata;
    if (channel === undefined) return { data };
    if (epoch === undefined || offset === undefined) return { data, channel };
    return { data, channel, position: { epoch: this.modelEpoch(channel, epoch), offset } };
  }

  private publishOutcome(channel: string, receipt: object): PublishOutcome {
    const { delivered, epoch, offset } = receipt as { delivered: number } & Partial<Position>;
    if (epoch === undefined || offset === undefined) return { delivered };
    return { delivered, position: { epoch: this.modelEpoch(channel, epoch), offset } };
  }

  private modelPositions(positions: Positions): Positions {
    return Object.fromEntries(
      Object.entries(positions).map(([channel, position]) => [
        channel,
        { ...position, epoch: this.modelEpoch(channel, position.epoch) },
      ]),
    );
  }

  /** A channel has one epoch as long as nothing is forgotten: the first that shows. */
  private modelEpoch(channel: string, epoch: string): string {
    const known = this.epochs.get(channel) ?? epoch;
    this.epochs.set(channel, known);
    return epoch === known ? EPOCH : epoch;
  }

  private realEpoch(channel: string, epoch: string): string {
    return epoch === EPOCH ? (this.epochs.get(channel) ?? 'not yet known') : epoch;
  }
}

function codeOf(answer: ServerMessage): string {
  const data = answer.data as { code?: string; status?: string; error?: { code: string } };
  return data.code ?? data.error?.code ?? data.status ?? `unexpected ${answer.type}`;
}
