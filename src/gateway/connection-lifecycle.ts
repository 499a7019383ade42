import { Inject, Injectable } from '@nestjs/common';
import { type ClientMessage, CloseCode, type Fault, WsErrorCode, WsMessageType } from '@skreaver/protocol';
import { type Authentication, type DefaultChannel, Permissions, SessionDeadlines, isUndecided } from '../auth/index.js';
import { SubscriberIndex } from '../channel/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import {
  ClientConnection,
  ClusterAddressLimit,
  ConnectionTable,
  type ConnectionState,
  type ConnectionPermit,
  type Identity,
  WsError,
} from '../connection/index.js';
import { ConnectionHooks } from '../hooks/index.js';
import { ThrottledLog, WsMetrics, describeError } from '../metrics/index.js';
import { ErrorMapper } from '../request/index.js';
import { DefaultSubscriptions } from '../subscription/index.js';
import { RETRY_AFTER_MS } from '../timers/index.js';
import { Throttler } from '../throttling/index.js';
import {
  type UpgradeDecision,
  type Handshake,
  type Socket,
  type UpgradeHandshake,
  type UpgradeRejection,
  ConnectionHandler,
} from '../transport/index.js';
import { accepted, refused } from './auth-response.js';
import { AuthenticationFlow } from './authentication-flow.js';
import { MessagePipeline } from './message-pipeline.js';
import { rejectionMessage } from './rejection-message.js';
import { upgradeRejections } from './upgrade-rejections.js';

type Acquired = ConnectionPermit | { readonly rejection: ReturnType<typeof upgradeRejections.full> };

/** @throws what is no refusal */
function refusal(error: unknown): Acquired {
  if (error instanceof WsError) return { rejection: upgradeRejections.full(error) };
  throw error;
}

/**
 * Opens and ends connections. Decides on an upgrade in the order from cheap to expensive (rate, permit, token), and
 * releases the permit when the connection ends.
 */
@Injectable()
export class ConnectionLifecycle extends ConnectionHandler<ClientConnection> {
  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly connections: ConnectionTable,
    private readonly addresses: ClusterAddressLimit,
    private readonly index: SubscriberIndex,
    private readonly authentication: AuthenticationFlow,
    private readonly deadlines: SessionDeadlines,
    private readonly throttler: Throttler,
    private readonly errors: ErrorMapper,
    private readonly metrics: WsMetrics,
    private readonly log: ThrottledLog,
    private readonly pipeline: MessagePipeline,
    private readonly hooks: ConnectionHooks,
    private readonly permissions: Permissions,
    private readonly defaults: DefaultSubscriptions,
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
    const acquired = this.acquire(clientAddress);
    const permit = acquired instanceof Promise ? await acquired : acquired;
    if ('rejection' in permit) return permit;
    try {
      const verdict = isChecked ? await this.verify(handshake, token, disclose) : undefined;
      if (verdict !== undefined && 'identity' in verdict) this.connections.assertRoomFor(verdict.identity.userId);
      if (verdict === undefined || !isUndecided(verdict)) return this.reserve(handshake, permit, verdict);
      permit.release();
      return { rejection: upgradeRejections.undecided(verdict) };
    } catch (error) {
      permit.release();
      if (error instanceof WsError) return { rejection: upgradeRejections.full(error) };
      throw error;
    }
  }

  override foresee(clientAddress: string, token: string | undefined): UpgradeRejection | undefined {
    const wait = Math.max(
      this.throttler.connects.waitMs(clientAddress),
      this.authentication.checks(token) ? this.authentication.waitMs(clientAddress) : 0,
    );
    if (wait > 0) return upgradeRejections.tooFast(wait);
    try {
      this.connections.acquire(clientAddress).release();
      return undefined;
    } catch (error) {
      if (error instanceof WsError) return upgradeRejections.full(error);
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
    const earlier = this.toWaitFor(connection);
    if (earlier === undefined) return this.pipeline.handle(connection, message);
    return this.handleAfter(earlier, connection, message);
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

  /** The default channels come before the first message, and hooks before each. */
  private toWaitFor(connection: ClientConnection): Promise<void> | undefined {
    return this.defaults.whenDone(connection) ?? this.hooks.whenRoom(connection);
  }

  private async handleAfter(first: Promise<void>, connection: ClientConnection, message: ClientMessage): Promise<void> {
    for (let earlier: typeof first | undefined = first; earlier !== undefined; earlier = this.toWaitFor(connection))
      await earlier;
    if (!connection.isClosed) await this.pipeline.handle(connection, message);
  }

  /** Once its hooks are done: a client that comes and goes leaves no more of them behind than it may hold connections. */
  private releasePermit(connection: ClientConnection): void {
    const done = this.hooks.whenDone(connection);
    if (done === undefined) connection.permit?.release();
    else void done.then(() => connection.permit?.release());
  }

  private acquire(clientAddress: string): Acquired | Promise<Acquired> {
    try {
      const permit = this.connections.acquire(clientAddress);
      if (!this.addresses.isEnabled) return permit;
      return this.addresses.extend(permit, clientAddress).catch(refusal);
    } catch (error) {
      return refusal(error);
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
      encoding: connection.socket.encodingName,
    });
    if (connection.identity !== undefined) connection.socket.markAuthenticated();
    if (verdict !== undefined) this.answerToken(connection, verdict);
    else if (connection.identity !== undefined) this.answer(connection, connection.identity);
  }

  /** Closes a second connection with the same id, or one too many of its user; the others stay. */
  private register(connection: ClientConnection): boolean {
    try {
      this.connections.add(connection);
      return true;
    } catch (error) {
      if (!(error instanceof WsError)) throw error;
      if (error.code === WsErrorCode.DuplicateConnection) connection.close(CloseCode.DuplicateConnection);
      else this.refuse(connection, error);
      return false;
    }
  }

  /** Others of the user have come between its token and its upgrade. */
  private refuse(connection: ClientConnection, error: WsError): void {
    connection.send(refused(error));
    this.metrics.connectionFailed('user_limit');
    this.metrics.errorAnswered(error.code);
    connection.close(CloseCode.TryAgainLater, RETRY_AFTER_MS);
  }

  private firstState(handshake: Handshake, verdict: Authentication | undefined): ConnectionState {
    if (!this.authentication.isEnabled) {
      return { phase: 'authenticated', identity: { userId: `anonymous_${handshake.connectionId}` } };
    }
    if (verdict !== undefined && 'identity' in verdict) return { phase: 'authenticated', identity: verdict.identity };
    return { phase: 'unauthenticated', handshake };
  }

  private welcome(connection: ClientConnection, identity: Identity, channels?: readonly DefaultChannel[]): void {
    this.permissions.grant(connection, channels);
    this.answer(connection, identity);
    this.defaults.begin(connection, channels);
  }

  private answer(connection: ClientConnection, identity: Identity): void {
    connection.send(accepted(connection, identity, this.config));
  }

  private answerToken(connection: ClientConnection, verdict: Authentication): void {
    if ('identity' in verdict) return this.welcome(connection, verdict.identity, verdict.defaultChannels);
    connection.send(refused(WsError.authenticationFailed()));
    this.metrics.connectionFailed('authentication_failed');
    this.metrics.errorAnswered(WsErrorCode.AuthenticationFailed);
    connection.socket.closeAndDestroy(CloseCode.AuthenticationFailed);
  }
}
