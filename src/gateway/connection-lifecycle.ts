import { Injectable } from '@nestjs/common';
import {
  type ClientMessage,
  CloseCode,
  type Fault,
  type ServerMessage,
  WsErrorCode,
  WsMessageType,
} from '@skreaver/protocol';
import { type Authentication, Authenticator, SessionDeadlines, isUndecided } from '../auth/index.js';
import {
  Connection,
  ConnectionRegistry,
  type ConnectionState,
  type ConnectionPermit,
  WsError,
} from '../connection/index.js';
import { ThrottledLog, WsMetrics, describeError } from '../metrics/index.js';
import { ErrorMapper } from '../request/index.js';
import { Throttler } from '../throttling/index.js';
import { type UpgradeDecision, type Handshake, type Socket, ConnectionHandler } from '../transport/index.js';
import { accepted, refused, refusedToken } from './auth-message-handler.js';
import { MessagePipeline } from './message-pipeline.js';
import { rejectionMessage } from './rejection-message.js';
import { upgradeRejections } from './upgrade-rejections.js';

/**
 * Receives connections and sees them off: decides at the upgrade in the order cheap to dear (rate, permit, token), and
 * gives back the permit when the connection ends.
 */
@Injectable()
export class ConnectionLifecycle extends ConnectionHandler<Connection> {
  constructor(
    private readonly registry: ConnectionRegistry,
    private readonly authenticator: Authenticator,
    private readonly deadlines: SessionDeadlines,
    private readonly throttler: Throttler,
    private readonly errors: ErrorMapper,
    private readonly metrics: WsMetrics,
    private readonly log: ThrottledLog,
    private readonly pipeline: MessagePipeline,
  ) {
    super();
  }

  override async onUpgrade(handshake: Handshake, token: string | undefined): Promise<UpgradeDecision<Connection>> {
    const { clientAddress } = handshake;
    const checksToken = token !== undefined && this.authenticator.isEnabled;
    const wait = Math.max(
      this.throttler.connects.take(clientAddress),
      checksToken ? this.throttler.authenticationFailures.waitMs(clientAddress) : 0,
    );
    if (wait > 0) return { rejection: upgradeRejections.tooFast(wait) };
    const permit = this.acquire(clientAddress);
    if ('rejection' in permit) return permit;
    const outcome = checksToken ? await this.authenticator.authenticate(token, handshake) : undefined;
    if (outcome !== undefined && isUndecided(outcome)) {
      permit.release();
      return { rejection: upgradeRejections.undecided(outcome) };
    }
    return {
      reservation: {
        complete: (socket) => this.open(socket, handshake, permit, outcome),
        cancel: () => permit.release(),
      },
    };
  }

  override onInvalidMessage(connection: Connection, fault: Fault): void {
    const { code, message, details } = fault;
    this.metrics.errorAnswered(code);
    connection.send(
      rejectionMessage(fault.isRequest === true, new WsError(code, message, details).toBody(), fault.correlationId),
    );
    this.throttler.countBadMessage(connection);
  }

  override onMessage(connection: Connection, message: ClientMessage): Promise<void> | undefined {
    return this.pipeline.handle(connection, message);
  }

  override onHandlerError(connection: Connection, message: ClientMessage, thrown: unknown): void {
    try {
      this.pipeline.fail(connection, message, thrown);
    } catch (unsendable) {
      const { type, correlation_id } = message;
      const error = this.errors.reportUnsendable(connection, unsendable);
      connection.send(rejectionMessage(type === WsMessageType.Request, error, correlation_id));
    }
  }

  override onDisconnect(connection: Connection, code: number): void {
    const { userId } = connection;
    connection.permit?.release();
    this.registry.remove(connection, code);
    this.log.event('connection closed', {
      connection_id: connection.id,
      client_addr: connection.clientAddress,
      user_id: userId,
      code,
    });
  }

  private acquire(
    clientAddress: string,
  ): ConnectionPermit | { readonly rejection: ReturnType<typeof upgradeRejections.full> } {
    try {
      return this.registry.acquire(clientAddress);
    } catch (error) {
      if (error instanceof WsError) return { rejection: upgradeRejections.full(error) };
      throw error;
    }
  }

  /** Whatever fails on the way, the socket gets its connection, whose end gives back all that was taken. */
  private open(
    socket: Socket,
    handshake: Handshake,
    permit: ConnectionPermit,
    outcome: Authentication | undefined,
  ): Connection {
    const { connectionId, clientAddress } = handshake;
    const connection = new Connection(connectionId, clientAddress, socket, this.firstState(handshake, outcome), permit);
    try {
      this.start(connection, outcome);
    } catch (error) {
      this.log.write('error', connection, 'connection could not be set up', {
        connection_id: connectionId,
        client_addr: clientAddress,
        error: describeError(error),
      });
      socket.closeAndDestroy(CloseCode.InternalError);
    }
    return connection;
  }

  private start(connection: Connection, outcome: Authentication | undefined): void {
    if (!this.register(connection)) return;
    this.deadlines.watch(connection);
    this.log.event('connection opened', {
      connection_id: connection.id,
      client_addr: connection.clientAddress,
      user_id: connection.userId,
    });
    if (connection.identity !== undefined) connection.socket.markAuthenticated();
    if (outcome !== undefined) this.answerToken(connection, outcome);
  }

  /** A second holder of an id is turned away; the first stays. */
  private register(connection: Connection): boolean {
    try {
      this.registry.add(connection);
      return true;
    } catch (error) {
      if (!(error instanceof WsError)) throw error;
      connection.close(CloseCode.DuplicateConnection);
      return false;
    }
  }

  private firstState(handshake: Handshake, outcome: Authentication | undefined): ConnectionState {
    if (!this.authenticator.isEnabled) {
      return { phase: 'authenticated', identity: { userId: `anonymous_${handshake.connectionId}` } };
    }
    if (outcome !== undefined && 'identity' in outcome) return { phase: 'authenticated', identity: outcome.identity };
    return { phase: 'unauthenticated', handshake };
  }

  private answerToken(connection: Connection, outcome: Authentication): void {
    const answer: ServerMessage =
      'identity' in outcome ? accepted(connection, outcome.identity) : refused(refusedToken());
    connection.send(answer);
    if ('identity' in outcome) return;
    this.throttler.authenticationFailures.take(connection.clientAddress);
    this.metrics.connectionFailed('authentication_failed');
    this.metrics.errorAnswered(WsErrorCode.AuthenticationFailed);
    connection.socket.closeAndDestroy(CloseCode.AuthenticationFailed);
  }
}
