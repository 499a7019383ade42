import type { ChannelRequest, Position, ServerMessage } from '@skreaver/protocol';
import { WebSocket } from 'ws';
import type { Ledger } from './ledger.js';

type EventMessage = Extract<ServerMessage, { type: 'event' }>;
type SubscribeResponse = Extract<ServerMessage, { type: 'subscribe_response' }>;

/** What publishers send: whose it is, and which. */
export interface Payload {
  readonly id: string;
  readonly padding?: string;
}

/**
 * A client that wants some channels and comes back at once whenever it is cut, going on from where it was. What it is told
 * goes into the ledger.
 */
export class Subscriber {
  /** Connections made; refused and half-made ones too. */
  connects = 0;
  private webSocket: WebSocket | undefined;
  private readonly wanted = new Set<string>();
  /** Channels that this connection has an answer for. */
  private readonly joined = new Set<string>();
  /** Channels that this connection has asked to leave, or has left. */
  private readonly away = new Map<string, 'asked' | 'left'>();
  /** What this connection has asked for, by correlation id, with the positions sent along. */
  private readonly asked = new Map<string, ReadonlyMap<string, Position | undefined>>();
  private ids = 0;
  private stopped = false;

  constructor(
    readonly user: string,
    private readonly url: string,
    private readonly ledger: Ledger,
    channels: readonly string[],
  ) {
    for (const channel of channels) this.wanted.add(channel);
  }

  get channels(): readonly string[] {
    return [...this.wanted];
  }

  /** Is subscribed to all that it wants. */
  get isBack(): boolean {
    return this.joined.size === this.wanted.size;
  }

  /** Has got everything that was published there. */
  get isLevel(): boolean {
    return this.isBack && this.channels.every((channel) => this.ledger.isLevel(this.user, channel));
  }

  connect(): void {
    if (this.stopped) return;
    this.connects += 1;
    const webSocket = new WebSocket(`${this.url}?token=token-${this.user}`, { perMessageDeflate: false });
    this.webSocket = webSocket;
    webSocket.on('error', () => {});
    webSocket.on('open', () => this.subscribe(this.channels.filter((channel) => !this.away.has(channel))));
    webSocket.on('message', (data: Buffer) => {
      if (this.webSocket === webSocket) this.take(JSON.parse(data.toString()) as ServerMessage);
    });
    webSocket.on('close', () => {
      if (this.webSocket === webSocket) this.reconnect();
    });
  }

  /** Gives its connection up without a word to the server, as a client does that hears nothing, and makes another. */
  abandon(): void {
    const { webSocket } = this;
    this.webSocket = undefined;
    webSocket?.terminate();
    this.reconnect();
  }

  /** Leaves a channel for a while. */
  leave(channel: string): void {
    if (!this.joined.delete(channel)) return;
    this.away.set(channel, 'asked');
    this.send({ type: 'unsubscribe', data: { channels: [channel] } });
  }

  /** Goes on, in the channels that it has left, from where it was. */
  comeBack(): void {
    const left = this.channels.filter((channel) => this.away.get(channel) === 'left');
    if (left.length === 0 || this.webSocket?.readyState !== WebSocket.OPEN) return;
    for (const channel of left) this.away.delete(channel);
    this.subscribe(left);
  }

  stop(): void {
    this.stopped = true;
    this.webSocket?.terminate();
  }

  private reconnect(): void {
    for (const channel of this.channels) this.ledger.left(this.user, channel);
    for (const channel of this.away.keys()) this.away.set(channel, 'left');
    this.joined.clear();
    this.asked.clear();
    this.connect();
  }

  /** A subscriber may have left all its channels when it reconnects: then there is nothing to ask for. */
  private subscribe(channels: readonly string[]): void {
    if (channels.length === 0) return;
    this.ids += 1;
    const correlation_id = `subscribe ${this.ids}`;
    const positions = new Map(channels.map((channel) => [channel, this.ledger.positionOf(this.user, channel)]));
    this.asked.set(correlation_id, positions);
    const requests = [...positions].map(([channel, since]): ChannelRequest =>
      since === undefined ? channel : { channel, since },
    );
    this.send({ type: 'subscribe', data: { channels: requests }, correlation_id });
  }

  private take(message: ServerMessage): void {
    if (message.type === 'event') this.takeEvent(message);
    else if (message.type === 'ping') this.send({ type: 'pong' });
    else if (message.type === 'subscribe_response') this.takeAnswer(message);
    else if (message.type === 'unsubscribe_response') this.takeFarewell(message.data.unsubscribed);
    else if (message.type === 'error') this.ledger.find('uninvited', `${this.user} ${JSON.stringify(message)}`);
  }

  private takeAnswer({ correlation_id, data }: SubscribeResponse): void {
    for (const [channel, since] of this.asked.get(correlation_id ?? '') ?? []) {
      const answer = data.positions?.[channel];
      if (answer === undefined) {
        this.ledger.find('dishonest answer', `${this.user} ${channel} ${JSON.stringify(data)}`);
      } else {
        this.ledger.answered(this.user, channel, since, answer);
        this.joined.add(channel);
      }
    }
  }

  private takeFarewell(channels: readonly string[]): void {
    for (const channel of channels) {
      this.ledger.left(this.user, channel);
      this.away.set(channel, 'left');
    }
  }

  private takeEvent({ data, metadata }: EventMessage): void {
    const { channel, epoch, offset, timestamp, gap } = metadata;
    if (channel === undefined || epoch === undefined || offset === undefined) {
      this.ledger.find('uninvited', `${this.user} got an event without a position: ${JSON.stringify(metadata)}`);
      return;
    }
    const { id } = data as Payload;
    this.ledger.delivered(this.user, { id, channel, position: { epoch, offset }, timestamp, gap });
  }

  private send(message: object): void {
    this.webSocket?.send(JSON.stringify(message));
  }
}
