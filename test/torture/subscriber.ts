import type { ChannelRequest, Position, ServerMessage } from '@skreaver/protocol';
import { WebSocket } from 'ws';
import type { SubscriberBook } from './subscriber-book.js';

type EventMessage = Extract<ServerMessage, { type: 'event' }>;
type SubscribeResponse = Extract<ServerMessage, { type: 'subscribe_response' }>;

/** What publishers send: whose it is, and which. */
export interface Payload {
  readonly id: string;
  readonly padding?: string;
}

export interface SubscriberOptions {
  /** Default: `token-` and the user. */
  readonly token?: string;
  /** ms to wait before it connects again, or asks again for a channel that is unavailable. Default: it never waits. */
  readonly pause?: () => number;
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
  /** Channels that it does not come back to. */
  private readonly barred = new Set<string>();
  private ids = 0;
  private stopped = false;
  private waiting: NodeJS.Timeout | undefined;

  constructor(
    readonly user: string,
    private readonly url: string,
    private readonly ledger: SubscriberBook,
    channels: readonly string[],
    private readonly options: SubscriberOptions = {},
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
    const { token = `token-${this.user}` } = this.options;
    const webSocket = new WebSocket(`${this.url}?token=${token}`, { perMessageDeflate: false });
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

  /** Whether it is subscribed, and has not asked to leave. */
  isIn(channel: string): boolean {
    return this.joined.has(channel);
  }

  /** Expects to lose a channel, and does not come back to it. @returns false where it is not subscribed */
  bar(channel: string): boolean {
    if (!this.joined.delete(channel)) return false;
    this.away.set(channel, 'asked');
    this.barred.add(channel);
    return true;
  }

  /** The channel that it is barred from has ended for it, or the connection has. */
  hasLost(channel: string): boolean {
    return this.away.get(channel) === 'left';
  }

  /** May come back to a channel. */
  admit(channel: string): void {
    this.barred.delete(channel);
  }

  /** Goes on, in the channels that it has left, from where it was. */
  comeBack(): void {
    const left = this.channels.filter((channel) => this.away.get(channel) === 'left' && !this.barred.has(channel));
    if (left.length === 0 || this.webSocket?.readyState !== WebSocket.OPEN) return;
    for (const channel of left) this.away.delete(channel);
    this.subscribe(left);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.waiting);
    this.webSocket?.terminate();
  }

  private reconnect(): void {
    for (const channel of this.channels) this.ledger.left(this.user, channel);
    for (const channel of this.away.keys()) this.away.set(channel, 'left');
    this.joined.clear();
    this.asked.clear();
    const pause = this.options.pause?.() ?? 0;
    if (pause === 0) this.connect();
    else if (!this.stopped) this.waiting = setTimeout(() => this.connect(), pause);
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
    if (correlation_id === undefined) {
      for (const [channel, position] of Object.entries(data.positions ?? {})) {
        this.ledger.told(this.user, channel, position);
      }
    }
    for (const [channel, since] of this.asked.get(correlation_id ?? '') ?? []) {
      const answer = data.positions?.[channel];
      if (answer === undefined && this.isUnavailable(channel, data)) {
        this.askAgain(channel);
      } else if (answer === undefined) {
        this.ledger.find('dishonest answer', `${this.user} ${channel} ${JSON.stringify(data)}`);
      } else {
        this.ledger.answered(this.user, channel, since, answer);
        this.joined.add(channel);
      }
    }
  }

  /** Only where the server may be without its engine. */
  private isUnavailable(channel: string, { failed }: SubscribeResponse['data']): boolean {
    return this.options.pause !== undefined && failed?.find((each) => each.channel === channel)?.code === 'UNAVAILABLE';
  }

  private askAgain(channel: string): void {
    const { webSocket } = this;
    setTimeout(() => {
      if (this.webSocket === webSocket && webSocket?.readyState === WebSocket.OPEN) this.subscribe([channel]);
    }, this.options.pause?.());
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
