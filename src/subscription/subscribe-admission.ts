import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode, isChannelName } from '@skreaver/protocol';
import { Permissions, isDenied } from '../auth/index.js';
import { ChannelOptionsResolver, SubscriberIndex } from '../channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig } from '../config/index.js';
import { type Connection, type Session, WsError } from '../connection/index.js';
import type { SubscriptionAttempt } from './subscription-attempts.js';

/** Asks whether a connection may subscribe, and takes its places. */
@Injectable()
export class SubscribeAdmission {
  constructor(
    @Inject(SKREAVER_WS_CONFIG) private readonly config: ResolvedConfig,
    private readonly index: SubscriberIndex,
    private readonly permissions: Permissions,
    private readonly options: ChannelOptionsResolver,
  ) {}

  /**
   * Asks all permissions side by side. A subscription that is known takes no room; beyond the room nobody is asked.
   * @returns undefined when all were answered at once
   */
  authorize(connection: Connection, attempts: readonly SubscriptionAttempt[]): Promise<unknown> | undefined {
    const max = this.config.maxSubscriptionsPerConnection;
    let room = max - this.index.reservedBy(connection);
    const asking: Promise<void>[] = [];
    for (const attempt of attempts) {
      const { channel } = attempt;
      const isKnown = this.index.has(connection, channel);
      if (!isChannelName(channel)) attempt.error = WsError.invalidChannel(channel);
      else if (isKnown || room > 0) {
        if (!isKnown) room -= 1;
        const pending = this.ask(attempt);
        if (pending !== undefined) asking.push(pending);
      } else attempt.error = new WsError(WsErrorCode.SubscriptionLimitExceeded, undefined, { channel, max });
    }
    return asking.length === 0 ? undefined : Promise.all(asking);
  }

  /** In one turn: a place in every channel that is allowed and in which the connection has none. */
  reserve(attempts: readonly SubscriptionAttempt[]): void {
    for (const attempt of attempts) {
      attempt.refuseWhatChanged();
      if (attempt.error === undefined && !this.index.has(attempt.connection, attempt.channel)) this.takeOne(attempt);
    }
  }

  /** Returns nothing where all was answered at once. */
  private ask(attempt: SubscriptionAttempt): Promise<void> | undefined {
    const { connection, channel } = attempt;
    const { session } = connection;
    const refusal = this.permissions.refusal(connection, channel, 'subscribe');
    if (refusal instanceof Promise || this.isForMembers(attempt)) return this.askOn(attempt, session, refusal);
    attempt.error = this.refusalOf(attempt, session, refusal);
    return undefined;
  }

  private async askOn(
    attempt: SubscriptionAttempt,
    session: Session,
    refusal: Promise<WsError | undefined> | WsError | undefined,
  ): Promise<void> {
    const { connection, channel } = attempt;
    attempt.error = this.refusalOf(attempt, session, await refusal);
    if (attempt.error !== undefined || !this.isForMembers(attempt)) return;
    attempt.error = await this.permissions.refusal(connection, channel, 'presence');
  }

  /** Who wants joins and leaves must be allowed to know the members. */
  private isForMembers({ channel, watches }: SubscriptionAttempt): boolean {
    return watches === true && this.options.of(channel).joinLeave === true;
  }

  private refusalOf(
    { connection, channel }: SubscriptionAttempt,
    session: Session,
    refusal: WsError | undefined,
  ): WsError | undefined {
    if (connection.isClosed) return new WsError(WsErrorCode.ConnectionClosed);
    const error = session.isCurrent ? refusal : WsError.permissionDenied(channel);
    // Asked again and denied: what was granted before does not stand either.
    if (isDenied(error)) this.index.remove(connection, channel);
    return error;
  }

  private takeOne(attempt: SubscriptionAttempt): void {
    const { connection, channel, since, watches = false } = attempt;
    const keeps = since !== undefined && this.options.of(channel).history !== undefined;
    try {
      attempt.pending = this.index.reserve(connection, channel, { watches, keeps });
    } catch (error) {
      if (!(error instanceof WsError)) throw error;
      attempt.error = error;
    }
  }
}
