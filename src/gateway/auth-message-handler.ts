import { Inject, Injectable } from '@nestjs/common';
import {
  type AuthMessage,
  type AuthResponseMessage,
  CloseCode,
  type ErrorBody,
  WsErrorCode,
  defaultErrorMessage,
  reply,
} from '@skreaver/protocol';
import { Authenticator, SessionDeadlines, type Undecided, isUndecided } from '../auth/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, ConnectionRegistry, type Identity, WsError } from '../connection/index.js';
import { ThrottledLog, WsMetrics } from '../metrics/index.js';
import { Throttler } from '../throttling/index.js';
import type { Handshake } from '../transport/index.js';

/** Failures of `auth` messages after which the connection is closed (protocol §4). */
const MAX_FAILURES = 3;
const RETRY_AFTER_MS = 5000;
/** Labels of the metric of failed connections. */
const failureReasons = {
  overdue: 'authentication_timeout',
  busy: 'authentication_busy',
  unavailable: 'authentication_unavailable',
} as const;

/** Handles `auth` messages: first authentication, and renewal of a token by the same user. */
@Injectable()
export class AuthMessageHandler {
  private readonly failures = new WeakMap<Connection, number>();

  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly authenticator: Authenticator,
    private readonly registry: ConnectionRegistry,
    private readonly deadlines: SessionDeadlines,
    private readonly throttler: Throttler,
    private readonly metrics: WsMetrics,
    private readonly log: ThrottledLog,
  ) {}

  async authenticate(connection: Connection, message: AuthMessage): Promise<AuthResponseMessage | undefined> {
    if (!this.authenticator.isEnabled) return accepted(connection, connection.identity as Identity);
    const wait = this.throttler.authenticationFailures.waitMs(connection.clientAddress);
    // No failure of this connection: the address may be shared, and the token was not even looked at.
    if (wait > 0) return refused(WsError.rateLimited(wait).toBody());
    if (!this.config.tokenSources.includes('message')) return this.refuse(connection, message, refusedToken());
    const { generation } = connection;
    const outcome = await this.deadlines.heldDuring(connection, () =>
      this.authenticator.authenticate(message.data.token, handshakeOf(connection)),
    );
    // The connection closed, or is someone else's now: the result belongs to nobody.
    if (connection.generation !== generation) return undefined;
    if ('identity' in outcome && this.mayBecome(connection, outcome.identity)) {
      return this.accept(connection, outcome.identity);
    }
    if (isUndecided(outcome)) return this.postpone(connection, message, outcome);
    this.throttler.authenticationFailures.take(connection.clientAddress);
    return this.refuse(connection, message, refusedToken());
  }

  /** Our fault, not the client's: who has a session keeps it and may try again, a stranger comes back later. */
  private postpone(connection: Connection, message: AuthMessage, outcome: Undecided): AuthResponseMessage | undefined {
    const retryAfterMs = outcome.failure === 'unavailable' ? outcome.retryAfterMs : RETRY_AFTER_MS;
    const answer = refused(WsError.unavailable(retryAfterMs).toBody());
    if (connection.identity !== undefined) return answer;
    this.metrics.connectionFailed(failureReasons[outcome.failure]);
    return this.sendAway(connection, message, answer, CloseCode.TryAgainLater, retryAfterMs);
  }

  /** A token renews its own user's session and no other's. */
  private mayBecome(connection: Connection, identity: Identity): boolean {
    return connection.userId === undefined || connection.userId === identity.userId;
  }

  private accept(connection: Connection, identity: Identity): AuthResponseMessage {
    this.registry.identify(connection, identity);
    this.deadlines.watch(connection);
    connection.socket.markAuthenticated();
    this.failures.delete(connection);
    return accepted(connection, identity);
  }

  private refuse(connection: Connection, message: AuthMessage, error: ErrorBody): AuthResponseMessage | undefined {
    const failures = (this.failures.get(connection) ?? 0) + 1;
    this.failures.set(connection, failures);
    const refusal = refused(error);
    if (failures < MAX_FAILURES) return refusal;
    this.log.write('warn', connection, 'authentication failed too often', {
      connection_id: connection.id,
      client_addr: connection.clientAddress,
    });
    return this.sendAway(connection, message, refusal, CloseCode.AuthenticationFailed);
  }

  private sendAway(
    connection: Connection,
    message: AuthMessage,
    answer: AuthResponseMessage,
    code: CloseCode,
    retryAfterMs?: number,
  ): undefined {
    connection.send(reply(message, answer));
    connection.socket.closeAndDestroy(code, retryAfterMs);
  }
}

export function accepted(connection: Connection, identity: Identity): AuthResponseMessage {
  const { userId: user_id, expiresAt } = identity;
  const known = { success: true, user_id, connection_id: connection.id } as const;
  const data = expiresAt === undefined ? known : { ...known, expires_at: expiresAt.getTime() };
  return { type: 'auth_response', data };
}

export function refused(error: ErrorBody): AuthResponseMessage {
  return { type: 'auth_response', data: { success: false, error } };
}

/** Bad, expired and unknown tokens read the same (protocol §9). */
export function refusedToken(): ErrorBody {
  return { code: WsErrorCode.AuthenticationFailed, message: defaultErrorMessage(WsErrorCode.AuthenticationFailed) };
}

function handshakeOf(connection: Connection): Handshake {
  if (connection.state.phase === 'unauthenticated') return connection.state.handshake;
  return {
    connectionId: connection.id,
    clientAddress: connection.clientAddress,
    origin: undefined,
    query: {},
    headers: {},
  };
}
