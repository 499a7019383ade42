import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, WsError } from '../connection/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { TimerWheel, isPromiseLike, withTimeout } from '../timers/index.js';
import type { ChannelAction } from './auth-handler.js';
import { asUnavailable } from './authentication-unavailable-error.js';
import { type AuthHandlerBinding, BoundAuthHandler } from './bound-auth-handler.js';

/** Whether the answer was no. An outage is no answer. */
export function isDenied(refusal: WsError | undefined): boolean {
  return refusal?.code === WsErrorCode.PermissionDenied;
}

/** Asks the application what a connection's user may do. Without an `AuthHandler` everything is allowed. */
@Injectable()
export class Permissions {
  constructor(
    @Inject(BoundAuthHandler) private readonly bound: AuthHandlerBinding,
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly wheel: TimerWheel,
    private readonly log: ThrottledLog,
  ) {}

  /**
   * Why it is refused; undefined where it is allowed. Answers at once where the handler does. Never throws or rejects: a
   * handler that throws, hangs past `authTimeout` or answers anything but `true` says no (`PERMISSION_DENIED`), one that
   * throws an `AuthenticationUnavailableError` has not said anything (`UNAVAILABLE`).
   */
  refusal(
    connection: Connection,
    channel: string,
    action: ChannelAction,
  ): Promise<WsError | undefined> | WsError | undefined {
    const { handler } = this.bound;
    if (handler === undefined) return undefined;
    const { userId, identity } = connection;
    if (userId === undefined || identity === undefined) return WsError.permissionDenied(channel);
    try {
      const answer: unknown = handler.checkPermission(userId, channel, action, identity);
      return isPromiseLike(answer) ? this.inTime(answer, connection, userId, channel) : verdict(answer, channel);
    } catch (error) {
      return this.failed(error, connection, userId, channel);
    }
  }

  /**
   * Resolves when it is allowed to whom the connection was when it was asked.
   * @throws WsError as {@link refusal} answers, and `PERMISSION_DENIED` when the connection has become another's or closed
   */
  async require(connection: Connection, channel: string, action: ChannelAction): Promise<void> {
    const { session } = connection;
    const refusal = await this.refusal(connection, channel, action);
    if (!session.isCurrent) throw WsError.permissionDenied(channel);
    if (refusal !== undefined) throw refusal;
  }

  /** Reads what is for a connection's user: what one may know is not for the next one of the connection. @throws as {@link require} */
  async read<T>(connection: Connection, channel: string, action: ChannelAction, read: () => Promise<T>): Promise<T> {
    const { session } = connection;
    await this.require(connection, channel, action);
    const found = await read();
    if (!session.isCurrent) throw WsError.permissionDenied(channel);
    return found;
  }

  private async inTime(
    answer: PromiseLike<unknown>,
    connection: Connection,
    userId: string,
    channel: string,
  ): Promise<WsError | undefined> {
    try {
      return verdict(await withTimeout(this.wheel, this.config.authTimeout, answer), channel);
    } catch (error) {
      return this.failed(error, connection, userId, channel);
    }
  }

  private failed(error: unknown, connection: Connection, userId: string, channel: string): WsError {
    const outage = asUnavailable(error);
    const kind = outage === undefined ? 'permission check failed' : 'permission could not be checked';
    this.log.write('error', connection, kind, {
      connection_id: connection.id,
      user_id: userId,
      channel,
      error: describeError(error),
    });
    return outage === undefined ? WsError.permissionDenied(channel) : WsError.unavailable(outage.retryAfterMs);
  }
}

function verdict(answer: unknown, channel: string): WsError | undefined {
  return answer === true ? undefined : WsError.permissionDenied(channel);
}
