import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode, isChannelName } from '@skreaver/protocol';
import { Permissions } from '../auth/index.js';
import { ChannelOptionsResolver, SubscriberIndex } from '../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, WsError } from '../connection/index.js';
import type { SubscriptionAttempt } from './subscription-attempts.js';

/** Asks whether a connection may subscribe, and takes its places. */
@Injectable()
export class SubscriptionPlaces {
  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly index: SubscriberIndex,
    private readonly permissions: Permissions,
    private readonly options: ChannelOptionsResolver,
  ) {}

  /** Asks all permissions side by side. A subscription that is known takes no room; beyond the room nobody is asked. */
  async askFor(connection: Connection, attempts: readonly SubscriptionAttempt[]): Promise<void> {
    const max = this.config.maxSubscriptionsPerConnection;
    let room = max - this.index.placesOf(connection);
    const refusals = attempts.map(async (attempt) => {
      const { channel } = attempt;
      if (!isChannelName(channel)) return WsError.invalidChannel(channel);
      if (this.index.has(connection, channel)) return this.ask(attempt);
      room -= 1;
      return room >= 0
        ? this.ask(attempt)
        : new WsError(WsErrorCode.SubscriptionLimitExceeded, undefined, { channel, max });
    });
    for (const [at, refusal] of (await Promise.all(refusals)).entries()) {
      (attempts[at] as SubscriptionAttempt).error = refusal;
    }
  }

  /** In one turn: a place in every channel that is allowed and in which the connection has none. */
  take(attempts: readonly SubscriptionAttempt[]): void {
    for (const attempt of attempts) {
      attempt.refuseWhatChanged();
      if (attempt.error === undefined && !this.index.has(attempt.connection, attempt.channel)) this.takeOne(attempt);
    }
  }

  private async ask(attempt: SubscriptionAttempt): Promise<WsError | undefined> {
    const { connection, channel, watches } = attempt;
    const { generation } = connection;
    const allowed = await this.permissions.allows(connection, channel, 'subscribe');
    if (connection.isClosed) return new WsError(WsErrorCode.ConnectionClosed);
    if (!allowed || connection.generation !== generation) {
      // Asked again and denied: what was granted before does not stand either.
      this.index.remove(connection, channel);
      return WsError.permissionDenied(channel);
    }
    if (watches !== true || this.options.of(channel).joinLeave !== true) return undefined;
    const mayKnowMembers = await this.permissions.allows(connection, channel, 'presence');
    return mayKnowMembers ? undefined : WsError.permissionDenied(channel);
  }

  private takeOne(attempt: SubscriptionAttempt): void {
    const { connection, channel, since, watches = false } = attempt;
    const keeps = since !== undefined && this.options.of(channel).history !== undefined;
    try {
      attempt.join = this.index.join(connection, channel, { watches, keeps });
    } catch (error) {
      if (!(error instanceof WsError)) throw error;
      attempt.error = error;
    }
  }
}
