import { type OnModuleInit, UseFilters, UseGuards } from '@nestjs/common';
import { SubscribeMessage as OnMessage, WebSocketGateway } from '@nestjs/websockets';
import type {
  AckMessage,
  AuthMessage,
  AuthResponseMessage,
  PingMessage,
  PongMessage,
  RequestMessage,
  SubscribeMessage,
  SubscribeResponseMessage,
  UnsubscribeMessage,
  UnsubscribeResponseMessage,
} from '@skreaver/protocol';
import { OpenToStrangers, WsAuthGuard } from '../auth/index.js';
import type { Connection } from '../connection/index.js';
import { RequestDispatcher } from '../request/index.js';
import { PendingAsks, SubscriptionService } from '../subscription/index.js';
import { WsThrottlerGuard } from '../throttling/index.js';
import { SKREAVER_GATEWAY, UpgradeGate } from '../transport/index.js';
import { AuthenticationDesk } from './authentication-desk.js';
import { WsErrorFilter } from './ws-error.filter.js';

/**
 * One handler per message type of a client. Parameters are undecorated on purpose: a handler gets the connection and the
 * message as they are, and an application's global pipes have nothing to transform.
 */
@WebSocketGateway(SKREAVER_GATEWAY)
@UseGuards(WsThrottlerGuard, WsAuthGuard)
@UseFilters(WsErrorFilter)
export class SkreaverWsGateway implements OnModuleInit {
  private isOnForeignAdapter = false;

  constructor(
    private readonly authentication: AuthenticationDesk,
    private readonly subscriptions: SubscriptionService,
    private readonly asks: PendingAsks,
    private readonly requests: RequestDispatcher,
  ) {}

  /** Nest calls this inside an rxjs observer, where a throw would reach nobody who starts the application. */
  afterInit(server: unknown): void {
    this.isOnForeignAdapter = !(server instanceof UpgradeGate);
  }

  /** @throws Error when another WebSocket adapter was set, which would serve this gateway by its own rules */
  onModuleInit(): void {
    if (!this.isOnForeignAdapter) return;
    throw new Error(
      'SkreaverWsModule installs its own WebSocket adapter, but app.useWebSocketAdapter() replaced it. ' +
        'Remove that call: other gateways are served as by WsAdapter.',
    );
  }

  @OpenToStrangers()
  @OnMessage('auth')
  async auth(connection: Connection, message: AuthMessage): Promise<AuthResponseMessage | undefined> {
    const answer = await this.authentication.authenticate(connection, message);
    return answer && correlate(answer, message);
  }

  @OnMessage('subscribe')
  async subscribe(connection: Connection, message: SubscribeMessage): Promise<SubscribeResponseMessage> {
    const names = message.data.channels.map((entry) => (typeof entry === 'string' ? entry : entry.channel));
    const { subscribed, failed } = await this.subscriptions.subscribe(connection.id, names);
    const outcome = failed.length === 0 ? { success: true, subscribed } : { success: false, subscribed, failed };
    return correlate({ type: 'subscribe_response', data: outcome } as const, message);
  }

  @OnMessage('unsubscribe')
  unsubscribe(connection: Connection, message: UnsubscribeMessage): UnsubscribeResponseMessage {
    const { unsubscribed, failed } = this.subscriptions.unsubscribe(connection.id, message.data.channels);
    const outcome = failed.length === 0 ? { success: true, unsubscribed } : { success: false, unsubscribed, failed };
    return correlate({ type: 'unsubscribe_response', data: outcome } as const, message);
  }

  /** Answers by itself when the method is done, so that the next message need not wait. */
  @OnMessage('request')
  request(connection: Connection, message: RequestMessage): void {
    this.requests.start(connection, message);
  }

  @OnMessage('ack')
  ack(connection: Connection, message: AckMessage): void {
    if (message.correlation_id !== undefined) this.asks.answer(connection, message.correlation_id, message.data);
  }

  @OpenToStrangers()
  @OnMessage('ping')
  ping(_connection: Connection, message: PingMessage): PongMessage {
    const pong: PongMessage = message.data === undefined ? { type: 'pong' } : { type: 'pong', data: message.data };
    return correlate(pong, message);
  }

  @OpenToStrangers()
  @OnMessage('pong')
  pong(connection: Connection): void {
    connection.socket.pongReceived();
  }
}

function correlate<M extends object>(answer: M, question: { readonly correlation_id?: string | undefined }): M {
  const { correlation_id } = question;
  return correlation_id === undefined ? answer : { ...answer, correlation_id };
}
