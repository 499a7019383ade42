import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/protocol';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { type ClientConnection, type Session, WsError } from '../connection/index.js';
import { ThrottledLog, describeError } from '../metrics/index.js';
import { TimerWheel, isPromiseLike, withTimeout } from '../timers/index.js';
import type { AuthHandler, ChannelAction } from './auth-handler.js';
import type { DefaultChannel } from './default-channel.js';
import { asUnavailable } from './authentication-unavailable-error.js';
import { type AuthHandlerBinding, BoundAuthHandler } from './bound-auth-handler.js';

/**
 * The actions of the first version, which every `AuthHandler` decides on that lists none. A new action never joins them:
 * it would be open in each handler that allows what it does not know.
 */
const FIRST_ACTIONS: readonly ChannelAction[] = ['subscribe', 'publish', 'history', 'presence'];

/** True if permission was denied. An outage is not a denial. */
export function isDenied(refusal: WsError | undefined): boolean {
  return refusal?.code === WsErrorCode.PermissionDenied;
}

/** Asks the application what a connection's user may do. Without an `AuthHandler` everything is allowed. */
@Injectable()
export class Permissions {
  /** Of sessions with default channels: whether joins and leaves are granted too, by channel. */
  private readonly grants = new WeakMap<Session, Map<string, boolean>>();

  constructor(
    @Inject(BoundAuthHandler) private readonly bound: AuthHandlerBinding,
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly wheel: TimerWheel,
    private readonly log: ThrottledLog,
  ) {}

  /** Grants the default channels of a session, in place of those that it had. Nobody is asked for these. */
  grant({ session }: ClientConnection, channels: readonly DefaultChannel[] = []): void {
    this.grants.delete(session);
    if (channels.length > 0) this.grants.set(session, new Map(channels.map(grantOf)));
  }

  /** Has the `AuthHandler` decide on a channel again, or on all. */
  withdraw({ session }: ClientConnection, channel?: string): void {
    if (channel === undefined) this.grants.delete(session);
    else this.grants.get(session)?.delete(channel);
  }

  /**
   * Returns why an action is refused; undefined where it is allowed. An action that the handler does not declare
   * (`actions`) is refused without asking it. Synchronous where the handler is. Never throws or
   * rejects: a handler that throws, takes longer than `authTimeout` or answers anything but `true` denies
   * (`PERMISSION_DENIED`); one that throws an `AuthenticationUnavailableError` does not decide (`UNAVAILABLE`).
   */
  refusal(
    connection: ClientConnection,
    channel: string,
    action: ChannelAction,
  ): Promise<WsError | undefined> | WsError | undefined {
    const { handler } = this.bound;
    if (handler === undefined) return undefined;
    const { userId, identity } = connection;
    if (userId === undefined || identity === undefined) return WsError.permissionDenied(channel);
    if (this.isGranted(connection, channel, action)) return undefined;
    try {
      if (!declares(handler, action)) return WsError.permissionDenied(channel);
      const answer: unknown = handler.checkPermission(userId, channel, action, identity);
      return isPromiseLike(answer) ? this.inTime(answer, connection, userId, channel) : verdict(answer, channel);
    } catch (error) {
      return this.failed(error, connection, userId, channel);
    }
  }

  /**
   * Resolves when the action is allowed, and the session has not ended meanwhile.
   * @throws WsError as {@link refusal} answers, and `PERMISSION_DENIED` when the user changed or the connection closed
   */
  async require(connection: ClientConnection, channel: string, action: ChannelAction): Promise<void> {
    const { session } = connection;
    const refusal = await this.refusal(connection, channel, action);
    if (!session.isCurrent) throw WsError.permissionDenied(channel);
    if (refusal !== undefined) throw refusal;
  }

  /** Reads data that needs a permission, and drops it when the session ended meanwhile. @throws as {@link require} */
  async read<T>(
    connection: ClientConnection,
    channel: string,
    action: ChannelAction,
    read: () => Promise<T>,
  ): Promise<T> {
    const { session } = connection;
    await this.require(connection, channel, action);
    const found = await read();
    if (!session.isCurrent) throw WsError.permissionDenied(channel);
    return found;
  }

  private isGranted({ session }: ClientConnection, channel: string, action: ChannelAction): boolean {
    if (action !== 'subscribe' && action !== 'presence') return false;
    const granted = this.grants.get(session)?.get(channel);
    return action === 'subscribe' ? granted !== undefined : granted === true;
  }

  private async inTime(
    answer: PromiseLike<unknown>,
    connection: ClientConnection,
    userId: string,
    channel: string,
  ): Promise<WsError | undefined> {
    try {
      return verdict(await withTimeout(this.wheel, this.config.authTimeout, answer), channel);
    } catch (error) {
      return this.failed(error, connection, userId, channel);
    }
  }

  private failed(error: unknown, connection: ClientConnection, userId: string, channel: string): WsError {
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

function grantOf(request: DefaultChannel): [channel: string, joinLeave: boolean] {
  return typeof request === 'string' ? [request, false] : [request.channel, request.join_leave === true];
}

function declares({ actions = FIRST_ACTIONS }: AuthHandler, action: ChannelAction): boolean {
  return actions.includes(action);
}

function verdict(answer: unknown, channel: string): WsError | undefined {
  return answer === true ? undefined : WsError.permissionDenied(channel);
}
