import { Inject, Injectable } from '@nestjs/common';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import type { Connection } from '../connection/index.js';
import { PacedLog, describeError } from '../metrics/index.js';
import { DeadlineWheel } from '../transport/index.js';
import type { ChannelAction } from './auth-handler.js';
import { type AuthHandlerBinding, BoundAuthHandler } from './bound-auth-handler.js';
import { isAwaitable, within } from './within.js';

/** Asks the application what a connection's user may do. Without an `AuthHandler` everything is allowed. */
@Injectable()
export class Permissions {
  constructor(
    @Inject(BoundAuthHandler) private readonly bound: AuthHandlerBinding,
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly wheel: DeadlineWheel,
    private readonly log: PacedLog,
  ) {}

  /**
   * Answers at once where the handler does. Never throws or rejects: a handler that throws, hangs past `authTimeout` or
   * answers anything but `true` says no.
   */
  allows(connection: Connection, channel: string, action: ChannelAction): Promise<boolean> | boolean {
    const { handler } = this.bound;
    if (handler === undefined) return true;
    const { userId, identity } = connection;
    if (userId === undefined || identity === undefined) return false;
    try {
      const answer: unknown = handler.checkPermission(userId, channel, action, identity);
      return isAwaitable(answer) ? this.inTime(answer, connection, userId, channel) : answer === true;
    } catch (error) {
      return this.failed(error, connection, userId, channel);
    }
  }

  private async inTime(
    answer: PromiseLike<unknown>,
    connection: Connection,
    userId: string,
    channel: string,
  ): Promise<boolean> {
    try {
      return (await within(this.wheel, this.config.authTimeout, answer)) === true;
    } catch (error) {
      return this.failed(error, connection, userId, channel);
    }
  }

  private failed(error: unknown, connection: Connection, userId: string, channel: string): false {
    this.log.write('error', connection, 'permission check failed', {
      connection_id: connection.id,
      user_id: userId,
      channel,
      error: describeError(error),
    });
    return false;
  }
}
