import { type OnModuleInit, UseFilters, UseGuards } from '@nestjs/common';
import { SubscribeMessage as OnMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  type AckMessage,
  type AuthMessage,
  type PingMessage,
  type PongMessage,
  type RequestMessage,
  type SubscribeMessage,
  type UnsubscribeMessage,
  reply,
} from '@skreaver/protocol';
import { AllowUnauthenticated, WsAuthGuard } from '../auth/index.js';
import type { ClientConnection } from '../connection/index.js';
import { Acknowledgements } from '../delivery/index.js';
import { RequestDispatcher } from '../request/index.js';
import { DefaultSubscriptions, PendingAsks, SubscribeHandler } from '../subscription/index.js';
import { Throttler, WsThrottlerGuard } from '../throttling/index.js';
import { SKREAVER_GATEWAY, UpgradeHandler } from '../transport/index.js';
import { AuthMessageHandler } from './auth-message-handler.js';
import { WsErrorFilter } from './ws-error.filter.js';

/**
 * Handles each message type of a client. Each method sends its own answer, returns nothing and takes its parameters as
 * they are, so that an application's global pipes and interceptors cannot change the protocol.
 */
@WebSocketGateway(SKREAVER_GATEWAY)
@UseGuards(WsThrottlerGuard, WsAuthGuard)
@UseFilters(WsErrorFilter)
export class SkreaverWsGateway implements OnModuleInit {
  private isOnForeignAdapter = false;

  constructor(
    private readonly authentication: AuthMessageHandler,
    private readonly defaults: DefaultSubscriptions,
    private readonly subscribing: SubscribeHandler,
    private readonly acknowledgements: Acknowledgements,
    private readonly asks: PendingAsks,
    private readonly requests: RequestDispatcher,
    private readonly throttler: Throttler,
  ) {}

  /** Nest calls this inside an rxjs observer, where a throw would reach nobody who starts the application. */
  afterInit(server: unknown): void {
    this.isOnForeignAdapter = !(server instanceof UpgradeHandler);
  }

  /** @throws Error when another WebSocket adapter was set, which would serve this gateway by its own rules */
  onModuleInit(): void {
    if (!this.isOnForeignAdapter) return;
    throw new Error(
      'SkreaverWsModule installs its own WebSocket adapter, but app.useWebSocketAdapter() replaced it. ' +
        'Remove that call: other gateways are served as by WsAdapter.',
    );
  }

  /** Before the next message: reviews the permissions of all subscriptions, and subscribes to the default channels. */
  @AllowUnauthenticated()
  @OnMessage('auth')
  async auth(connection: ClientConnection, message: AuthMessage): Promise<void> {
    const outcome = await this.authentication.authenticate(connection, message);
    if (outcome === undefined) return;
    const { answer, close, defaultChannels } = outcome;
    connection.send(reply(message, answer));
    if (close !== undefined) connection.socket.closeAndDestroy(close.code, close.retryAfterMs);
    if (answer.data.success) await this.defaults.renew(connection, defaultChannels);
  }

  @OnMessage('subscribe')
  subscribe(connection: ClientConnection, message: SubscribeMessage): Promise<void> {
    return this.subscribing.handle(connection, message);
  }

  @OnMessage('unsubscribe')
  unsubscribe(connection: ClientConnection, message: UnsubscribeMessage): void {
    const { unsubscribed, failed } = this.subscribing.unsubscribe(connection, message.data.channels);
    const data = failed.length === 0 ? { success: true, unsubscribed } : { success: false, unsubscribed, failed };
    connection.send(reply(message, { type: 'unsubscribe_response', data }));
  }

  /** Starts the request. It is answered when its method is done; the next message does not wait for that. */
  @OnMessage('request')
  request(connection: ClientConnection, message: RequestMessage): void {
    this.requests.start(connection, message);
  }

  @OnMessage('ack')
  ack(connection: ClientConnection, message: AckMessage): Promise<void> | undefined {
    return this.takeAck(connection, message) ?? this.throttler.pauseAfterAck(connection);
  }

  @AllowUnauthenticated()
  @OnMessage('ping')
  ping(connection: ClientConnection, message: PingMessage): void {
    const pong: PongMessage = message.data === undefined ? { type: 'pong' } : { type: 'pong', data: message.data };
    connection.send(reply(message, pong));
  }

  /**
   * Takes a `pong` that answers no ping of the server, and counts it as a message. The socket handles all others
   * itself.
   */
  @AllowUnauthenticated()
  @OnMessage('pong')
  pong(): void {}

  private takeAck(connection: ClientConnection, message: AckMessage): Promise<void> | undefined {
    if (message.correlation_id === undefined) {
      return this.acknowledgements.take(connection, message.data.channel, message.data.offset);
    }
    this.asks.answer(connection, message.correlation_id, message.data);
    return undefined;
  }
}
