import { Inject, Injectable } from '@nestjs/common';
import { WsErrorCode, isChannelName } from '@skreaver/protocol';
import { Permissions, isDenied } from '../auth/index.js';
import { ChannelOptionsResolver, SubscriberIndex } from '../channel/index.js';
import { type ResolvedConfig, SkreaverWsConfig } from '../config/index.js';
import { type ClientConnection, type Session, WsError } from '../connection/index.js';
import type { SubscriptionAttempt } from './subscription-attempt.js';

/** Asks whether a connection may subscribe, and reserves its slots. */
@Injectable()
export class SubscribeAdmission {
  constructor(
    @Inject(SkreaverWsConfig) private readonly config: ResolvedConfig,
    private readonly index: SubscriberIndex,
    private readonly permissions: Permissions,
    private readonly options: ChannelOptionsResolver,
  ) {}

  /**
   * Asks for all permissions side by side. A subscription that exists takes no slot; beyond the free slots nothing is
   * asked.
   * @returns undefined when all were answered at once
   */
  authorize(connection: ClientConnection, attempts: readonly SubscriptionAttempt[]): Promise<unknown> | undefined {
    const max = this.config.maxSubscriptionsPerConnection;
    let slots = max - this.index.reservedBy(connection);
    const asking: Promise<void>[] = [];
    for (const attempt of attempts) {
      const { channel } = attempt;
      const isKnown = this.index.has(connection, channel);
      if (!isChannelName(channel)) attempt.fail(invalid(channel));
      else if (isKnown || slots > 0) {
        if (!isKnown) slots -= 1;
        const pending = this.ask(attempt);
        if (pending !== undefined) asking.push(pending);
      } else attempt.fail(new WsError(WsErrorCode.SubscriptionLimitExceeded, undefined, { channel, max }));
    }
    return asking.length === 0 ? undefined : Promise.all(asking);
  }

  /** Reserves, in one turn, a slot in every channel that is allowed and in which the connection has none. */
  reserve(attempts: readonly SubscriptionAttempt[]): void {
    for (const attempt of attempts) {
      if (attempt.phase.name === 'failed') continue;
      const { interruption } = attempt;
      if (interruption !== undefined) attempt.fail(interruption);
      else if (this.index.has(attempt.connection, attempt.channel)) attempt.phase = { name: 'known' };
      else this.reserveOne(attempt);
    }
  }

  /** Returns nothing where all was answered at once. */
  private ask(attempt: SubscriptionAttempt): Promise<void> | undefined {
    const { connection, channel } = attempt;
    const { session } = connection;
    const refusal = this.permissions.refusal(connection, channel, 'subscribe');
    if (refusal instanceof Promise || this.needsPresence(attempt)) return this.askOn(attempt, session, refusal);
    this.settle(attempt, session, refusal);
    return undefined;
  }

  private async askOn(
    attempt: SubscriptionAttempt,
    session: Session,
    refusal: Promise<WsError | undefined> | WsError | undefined,
  ): Promise<void> {
    const { connection, channel } = attempt;
    this.settle(attempt, session, await refusal);
    if (attempt.phase.name === 'failed' || !this.needsPresence(attempt)) return;
    const presence = await this.permissions.refusal(connection, channel, 'presence');
    if (presence !== undefined) attempt.fail(presence);
  }

  /** Joins and leaves tell who the members are: whoever receives them must be allowed to know that. */
  private needsPresence({ channel, receivesPresence }: SubscriptionAttempt): boolean {
    return receivesPresence === true && this.options.of(channel).joinLeave === true;
  }

  private settle(attempt: SubscriptionAttempt, session: Session, refusal: WsError | undefined): void {
    const { connection, channel } = attempt;
    if (connection.isClosed) return attempt.fail(new WsError(WsErrorCode.ConnectionClosed));
    const error = session.isCurrent ? refusal : WsError.permissionDenied(channel);
    if (error === undefined) return;
    // Asked again and denied: what was granted before does not stand either.
    if (isDenied(error)) this.index.remove(connection, channel);
    attempt.fail(error);
  }

  private reserveOne(attempt: SubscriptionAttempt): void {
    const { connection, channel, since, receivesPresence = false } = attempt;
    try {
      if (since === undefined || this.options.of(channel).history === undefined) {
        attempt.phase = { name: 'reserved', pending: this.index.reserve(connection, channel, { receivesPresence }) };
      } else {
        const pending = this.index.reserve(connection, channel, { receivesPresence, buffer: true });
        attempt.phase = { name: 'buffering', pending, since };
      }
    } catch (error) {
      if (!(error instanceof WsError)) throw error;
      attempt.fail(error);
    }
  }
}

const invalid = (channel: string): WsError =>
  channel.includes('*') ? WsError.wildcard(channel) : WsError.invalidChannel(channel);
