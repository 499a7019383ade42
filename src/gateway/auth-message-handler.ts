import { Inject, Injectable } from '@nestjs/common';
import { type AuthMessage, type AuthResponseMessage, CloseCode } from '@skreaver/protocol';
import {
  type Authentication,
  type DefaultChannel,
  Permissions,
  SessionDeadlines,
  type Undecided,
  isUndecided,
} from '../auth/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { type ClientConnection, ConnectionTable, type Identity, WsError } from '../connection/index.js';
import { ThrottledLog, WsMetrics } from '../metrics/index.js';
import { RETRY_AFTER_MS } from '../timers/index.js';
import type { Handshake } from '../transport/index.js';
import { accepted, refused } from './auth-response.js';
import { AuthenticationFlow } from './authentication-flow.js';

type Identified = Extract<Authentication, { readonly identity: Identity }>;

/** Failures of `auth` messages after which the connection is closed (PROTOCOL §4). */
const MAX_FAILURES = 3;

/** The answer to an `auth` message, and the code with which the connection is closed after it, if at all. */
export interface AuthOutcome {
  readonly answer: AuthResponseMessage;
  /** What the server subscribes the connection to. */
  readonly defaultChannels?: readonly DefaultChannel[];
  readonly close?: { readonly code: CloseCode; readonly retryAfterMs?: number };
}

/** Handles `auth` messages: first authentication, and renewal of a token by the same user. Sends nothing itself. */
@Injectable()
export class AuthMessageHandler {
  private readonly failures = new WeakMap<ClientConnection, number>();

  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly authentication: AuthenticationFlow,
    private readonly connections: ConnectionTable,
    private readonly deadlines: SessionDeadlines,
    private readonly permissions: Permissions,
    private readonly metrics: WsMetrics,
    private readonly log: ThrottledLog,
  ) {}

  /** @returns undefined if the connection has closed or changed its user during the check: the result is dropped */
  async authenticate(connection: ClientConnection, message: AuthMessage): Promise<AuthOutcome | undefined> {
    const { session, userId, clientAddress } = connection;
    if (!this.authentication.isEnabled) {
      return { answer: accepted(connection, connection.identity as Identity, this.config) };
    }
    const wait = this.authentication.waitMs(clientAddress);
    // Not a failure of this connection: others share the address, and the token was not checked.
    if (wait > 0) return { answer: refused(WsError.rateLimited(wait)) };
    if (!this.config.tokenSources.includes('message')) return this.refuse(connection);
    const verdict = await this.deadlines.heldDuring(connection, () =>
      this.authentication.verify(message.data.token, handshakeOf(connection), userId),
    );
    if (!session.isCurrent) return undefined;
    if ('identity' in verdict) return this.accept(connection, verdict);
    return isUndecided(verdict) ? this.postpone(connection, verdict) : this.refuse(connection);
  }

  private accept(connection: ClientConnection, { identity, defaultChannels = [] }: Identified): AuthOutcome {
    try {
      this.connections.identify(connection, identity);
    } catch (error) {
      if (error instanceof WsError) return this.turnAway(error);
      throw error;
    }
    this.permissions.grant(connection, defaultChannels);
    this.deadlines.watch(connection);
    connection.socket.markAuthenticated();
    this.failures.delete(connection);
    return { answer: accepted(connection, identity, this.config), defaultChannels };
  }

  /** The user has too many connections, of which some may end. */
  private turnAway(error: WsError): AuthOutcome {
    this.metrics.connectionFailed('user_limit');
    return { answer: refused(error), close: { code: CloseCode.TryAgainLater, retryAfterMs: RETRY_AFTER_MS } };
  }

  /**
   * The server's fault: an authenticated client keeps its session and may try again, any other is sent away for a time.
   */
  private postpone(connection: ClientConnection, { failure, retryAfterMs }: Undecided): AuthOutcome {
    const answer = refused(WsError.unavailable(retryAfterMs));
    if (connection.identity !== undefined) return { answer };
    this.metrics.connectionFailed(`authentication_${failure}`);
    return { answer, close: { code: CloseCode.TryAgainLater, retryAfterMs } };
  }

  private refuse(connection: ClientConnection): AuthOutcome {
    const answer = refused(WsError.authenticationFailed());
    const failures = (this.failures.get(connection) ?? 0) + 1;
    this.failures.set(connection, failures);
    if (failures < MAX_FAILURES) return { answer };
    this.log.write('warn', connection, 'authentication failed too often', {
      connection_id: connection.id,
      client_addr: connection.clientAddress,
    });
    return { answer, close: { code: CloseCode.AuthenticationFailed } };
  }
}

/** Before the first authentication the whole handshake, afterwards what is kept of it. */
function handshakeOf({ state, handshake }: ClientConnection): Handshake {
  return state.phase === 'unauthenticated' ? state.handshake : handshake;
}
