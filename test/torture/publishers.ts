import type { Position, ServerMessage } from '@skreaver/protocol';
import type { SubscriptionService } from '@skreaver/nestjs-ws';
import { WebSocket } from 'ws';
import type { Ledger } from './ledger.js';
import type { Payload } from './subscriber.js';

type Receipt = Partial<Position> & { readonly duplicate?: true };
type Response = Extract<ServerMessage, { type: 'response' }>;

/** Publishes from inside the application, without waiting for one publication before the next. */
export class ServerPublisher {
  private published = 0;

  constructor(
    private readonly name: string,
    private readonly subscriptions: SubscriptionService,
    private readonly ledger: Ledger,
  ) {}

  async publish(channel: string, padding?: string): Promise<void> {
    const id = `${this.name}#${this.published}`;
    this.published += 1;
    const payload: Payload = padding === undefined ? { id } : { id, padding };
    const begunAt = Date.now();
    const receipt = await this.subscriptions.broadcast(channel, payload);
    record(this.ledger, channel, id, begunAt, receipt);
  }
}

/**
 * Publishes as a client, one after the other. A publication whose answer a cut took away is sent again under the same
 * idempotency key, so it must stand in the channel exactly once.
 */
export class ClientPublisher {
  /** Publications that were sent again and had been published the first time. */
  duplicates = 0;
  private published = 0;
  private webSocket: WebSocket | undefined;
  private current: { readonly id: string; readonly channel: string; readonly begunAt: number } | undefined;
  private stopped = false;

  constructor(
    private readonly name: string,
    private readonly url: string,
    private readonly ledger: Ledger,
    private readonly nextChannel: () => string,
  ) {}

  get isIdle(): boolean {
    return this.current === undefined;
  }

  connect(): void {
    const webSocket = new WebSocket(`${this.url}?token=token-${this.name}`, { perMessageDeflate: false });
    this.webSocket = webSocket;
    webSocket.on('error', () => {});
    webSocket.on('open', () => this.send());
    webSocket.on('message', (data: Buffer) => this.take(JSON.parse(data.toString()) as ServerMessage));
    webSocket.on('close', () => {
      if (!this.stopped || !this.isIdle) this.connect();
    });
  }

  /** Publishes the next, unless one is under way or it was stopped. */
  publish(): void {
    if (this.stopped || this.current !== undefined) return;
    const id = `${this.name}#${this.published}`;
    this.current = { id, channel: this.nextChannel(), begunAt: Date.now() };
    this.published += 1;
    this.send();
  }

  /** Ends what is under way, and begins nothing more. */
  stop(): void {
    this.stopped = true;
  }

  close(): void {
    this.webSocket?.terminate();
  }

  private send(): void {
    if (this.current === undefined || this.webSocket?.readyState !== WebSocket.OPEN) return;
    const { id, channel } = this.current;
    const params = { channel, data: { id } satisfies Payload, idempotency_key: id };
    const request = { type: 'request', data: { method: 'publish', params }, correlation_id: id };
    this.webSocket.send(JSON.stringify(request));
  }

  private take(message: ServerMessage): void {
    if (message.type === 'ping') this.webSocket?.send(JSON.stringify({ type: 'pong' }));
    else if (message.type === 'response') this.takeAnswer(message);
  }

  private takeAnswer({ correlation_id, data }: Response): void {
    if (this.current === undefined || correlation_id !== this.current.id) return;
    const { id, channel, begunAt } = this.current;
    this.current = undefined;
    if (data.status !== 'success') {
      this.ledger.find('dishonest answer', `${this.name} ${JSON.stringify(data)}`);
      return;
    }
    const receipt = data.result as Receipt;
    if (receipt.duplicate === true) this.duplicates += 1;
    record(this.ledger, channel, id, begunAt, receipt);
  }
}

function record(
  ledger: Ledger,
  channel: string,
  id: string,
  begunAt: number,
  { epoch, offset }: Partial<Position>,
): void {
  if (epoch === undefined || offset === undefined) ledger.find('dishonest answer', `${id} got no position`);
  else ledger.published(channel, id, { epoch, offset }, begunAt);
}
