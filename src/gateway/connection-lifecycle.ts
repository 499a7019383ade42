import { Injectable } from '@nestjs/common';
import { type ClientMessage, CloseCode, type Fault, WsErrorCode, WsMessageType } from '@skreaver/protocol';
import { type Authentication, SessionDeadlines, isUndecided } from '../auth/index.js';
import { SubscriberIndex } from '../channel/index.js';
import {
  ClientConnection,
  ConnectionTable,
  type ConnectionState,
  type ConnectionPermit,
  WsError,
} from '../connection/index.js';
import { ConnectionHooks } from '../hooks/index.js';
import { ThrottledLog, WsMetrics, describeError } from '../metrics/index.js';
import { ErrorMapper } from '../request/index.js';
import { Throttler } from '../throttling/index.js';
import {
  type UpgradeDecision,
  type Handshake,
  type Socket,
  type UpgradeHandshake,
  ConnectionHandler,
} from '../transport/index.js';
import { accepted, refused } from './auth-response.js';
import { AuthenticationFlow } from './authentication-flow.js';
import { MessagePipeline } from './message-pipeline.js';
import { rejectionMessage } from './rejection-message.js';
import { upgradeRejections } from './upgrade-rejections.js';

/**
 * Opens and ends connections. Decides on an upgrade in the order from cheap to expensive (rate, permit, token), and
 * releases the permit when the connection ends.
 */
@Injectable()
export class ConnectionLifecycle extends ConnectionHandler<ClientConnection> {
  constructor(
    private readonly connections: ConnectionTable,
    private readonly index: SubscriberIndex,
    private readonly authentication: AuthenticationFlow,
    private readonly deadlines: SessionDeadlines,
    private readonly throttler: Throttler,
    private readonly errors: ErrorMapper,
    private readonly metrics: WsMetrics,
    private readonly log: ThrottledLog,
    private readonly pipeline: MessagePipeline,
    private readonly hooks: ConnectionHooks,
  ) {
    super();
  }

  override async onUpgrade(
    handshake: Handshake,
    token: string | undefined,
    disclose: () => UpgradeHandshake,
  ): Promise<UpgradeDecision<ClientConnection>> {
    const { clientAddress } = handshake;
    const isChecked = this.authentication.checks(token);
    const wait = Math.max(
      this.throttler.connects.take(clientAddress),
      isChecked ? this.authentication.waitMs(clientAddress) : 0,
    );
    if (wait > 0) return { rejection: upgradeRejections.tooFast(wait) };
    const permit = this.acquire(clientAddress);
    if ('rejection' in permit) return permit;
    try {
      const verdict = isChecked ? await this.verify(handshake, token, disclose) : undefined;
      if (verdict === undefined || !isUndecided(verdict)) return this.reserve(handshake, permit, verdict);
      permit.release();
      return { rejection: upgradeRejections.undecided(verdict) };
    } catch (error) {
      permit.release();
      throw error;
    }
  }

  private verify(
    handshake: Handshake,
    token: string | undefined,
    disclose: () => UpgradeHandshake,
  ): Promise<Authentication | undefined> {
    if (token !== undefined) return this.authentication.verify(token, handshake);
    return this.authentication.verifyHandshake(disclose());
  }

  override onInvalidMessage(connection: ClientConnection, fault: Fault): void {
    const { code, message, details } = fault;
    this.metrics.errorAnswered(code);
    connection.send(
      rejectionMessage(fault.isRequest === true, new WsError(code, message, details).toBody(), fault.correlationId),
    );
    this.throttler.countBadMessage(connection);
  }

  override onMessage(connection: ClientConnection, message: ClientMessage): Promise<void> | undefined {
    const room = this.hooks.whenRoom(connection);
    return room === undefined ? this.pipeline.handle(connection, message) : this.handleAfter(room, connection, message);
  }

  override onHandlerError(connection: ClientConnection, message: ClientMessage, thrown: unknown): void {
    try {
      this.pipeline.fail(connection, message, thrown);
    } catch (unsendable) {
      const { type, correlation_id } = message;
      const error = this.errors.reportUnsendable(connection, unsendable);
      connection.send(rejectionMessage(type === WsMessageType.Request, error, correlation_id));
    }
  }

  override onDisconnect(connection: ClientConnection, code: number): void {
    const { userId } = connection;
    this.connections.remove(connection, code);
    this.releasePermit(connection);
    this.log.event('connection closed', {
      connection_id: connection.id,
      client_addr: connection.clientAddress,
      user_id: userId,
      code,
    });
  }

  private async handleAfter(room: Promise<void>, connection: ClientConnection, message: ClientMessage): Promise<void> {
    await room;
    if (!connection.isClosed) await this.pipeline.handle(connection, message);
  }

  /** Once its hooks are done: a client that comes and goes leaves no more of them behind than it may hold connections. */
  private releasePermit(connection: ClientConnection): void {
    const done = this.hooks.whenDone(connection);
    if (done === undefined) connection.permit?.release();
    else void done.then(() => connection.permit?.release());
  }

  private acquire(
    clientAddress: string,
  ): ConnectionPermit | { readonly rejection: ReturnType<typeof upgradeRejections.full> } {
    try {
      return this.connections.acquire(clientAddress);
    } catch (error) {
      if (error instanceof WsError) return { rejection: upgradeRejections.full(error) };
      throw error;
    }
  }

  private reserve(
    handshake: Handshake,
    permit: ConnectionPermit,
    verdict: Authentication | undefined,
  ): UpgradeDecision<ClientConnection> {
    return {
      reservation: {
        complete: (socket) => this.open(socket, handshake, permit, verdict),
        cancel: () => permit.release(),
      },
    };
  }

  /** Returns a connection even when its setup fails: its end releases all that was acquired. */
  private open(
    socket: Socket,
    handshake: Handshake,
    permit: ConnectionPermit,
    verdict: Authentication | undefined,
  ): ClientConnection {
    const state = this.firstState(handshake, verdict);
    const connection = new ClientConnection(handshake, socket, state, this.index, permit);
    try {
      this.start(connection, verdict);
    } catch (error) {
      this.log.write('error', connection, 'connection could not be set up', {
        connection_id: connection.id,
        client_addr: connection.clientAddress,
        error: describeError(error),
      });
      socket.closeAndDestroy(CloseCode.InternalError);
    }
    return connection;
  }

  private start(connection: ClientConnection, verdict: Authentication | undefined): void {
    if (!this.register(connection)) return;
    this.deadlines.watch(connection);
    this.log.event('connection opened', {
      connection_id: connection.id,
      client_addr: connection.clientAddress,
      user_id: connection.userId,
    });
    if (connection.identity !== undefined) connection.socket.markAuthenticated();
    if (verdict !== undefined) this.answerToken(connection, verdict);
  }

  /** Closes a second connection with the same id; the first one stays. */
  private register(connection: ClientConnection): boolean {
    try {
      this.connections.add(connection);
      return true;
    } catch (error) {
      if (!(error instanceof WsError)) throw error;
      connection.close(CloseCode.DuplicateConnection);
      return false;
    }
  }

  private firstState(handshake: Handshake, verdict: Authentication | undefined): ConnectionState {
    if (!this.authentication.isEnabled) {
      return { phase: 'authenticated', identity: { userId: `anonymous_${handshake.connectionId}` } };
    }
    if (verdict !== undefined && 'identity' in verdict) return { phase: 'authenticated', identity: verdict.identity };
    return { phase: 'unauthenticated', handshake };
  }

  private answerToken(connection: ClientConnection, verdict: Authentication): void {
    if ('identity' in verdict) return connection.send(accepted(connection, verdict.identity));
    connection.send(refused(WsError.authenticationFailed()));
    this.metrics.connectionFailed('authentication_failed');
    this.metrics.errorAnswered(WsErrorCode.AuthenticationFailed);
    connection.socket.closeAndDestroy(CloseCode.AuthenticationFailed);
  }
}
