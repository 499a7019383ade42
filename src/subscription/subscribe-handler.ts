import { Injectable } from '@nestjs/common';
import { type ChannelRequest, WsErrorCode } from '@skreaver/protocol';
import { ChannelOptionsResolver, type HeldConnection, SubscriberIndex, SubscriptionLocks } from '../channel/index.js';
import { type Connection, WsError } from '../connection/index.js';
import { OpenChannels, RecoveryService, type Replay } from '../delivery/index.js';
import { ThrottledLog, WsMetrics, describeError } from '../metrics/index.js';
import { SubscribeAdmission } from './subscribe-admission.js';
import { type SubscriptionAttempt, SubscriptionAttempts } from './subscription-attempts.js';
import { type StartingPosition, type Subscribed, failureOf } from './subscription-outcome.js';

const NO_REPLAYS: ReadonlyMap<SubscriptionAttempt, Replay> = new Map();

/** Hears the outcome right before the first event, in the turn in which the subscriptions begin. */
export type Announce = (outcome: Subscribed) => void;

/**
 * Subscribes in five steps (docs/delivery.md): ask all permissions; take places in one turn; open channels and read history;
 * decide; answer, send what was missed and go live in one turn. Between the steps the connection, its user and the request may
 * change: the places are given up in the turn of the change, and the next step sees it.
 */
@Injectable()
export class SubscribeHandler {
  private readonly attempts = new SubscriptionAttempts();

  constructor(
    private readonly admission: SubscribeAdmission,
    private readonly index: SubscriberIndex,
    private readonly options: ChannelOptionsResolver,
    private readonly channels: OpenChannels,
    private readonly recoveries: RecoveryService,
    private readonly locks: SubscriptionLocks,
    private readonly metrics: WsMetrics,
    private readonly log: ThrottledLog,
  ) {}

  /** Connections that are subscribing. */
  get size(): number {
    return this.attempts.size;
  }

  /**
   * Resolves when all that was missed has been handed to the socket.
   * @throws what `announce` throws; nothing is subscribed then that was not before
   */
  async subscribe(
    connection: Connection,
    requests: readonly ChannelRequest[],
    announce?: Announce,
  ): Promise<Subscribed> {
    // Before the first await: from here on an unsubscribe or a change of user must be seen.
    const attempts = this.attempts.begin(connection, requests);
    // Nothing is awaited that is there already: most subscribes are done in the turn in which they came.
    const held = this.locks.tryConnection(connection.id) ?? (await this.locks.ofConnection(connection.id));
    try {
      const asking = this.admission.authorize(connection, attempts);
      if (asking !== undefined) await asking;
      this.admission.reserve(attempts);
      if (attempts.some((attempt) => this.needsOpening(attempt))) await this.openChannels(attempts, held);
      if (attempts.some((attempt) => this.needsHistory(attempt))) await this.readHistory(attempts);
      const replays = this.decide(attempts);
      const outcome = this.outcomeOf(attempts, replays);
      for (const attempt of attempts) attempt.isAnnounced = attempt.error === undefined;
      announce?.(outcome);
      const sending = this.activate(attempts, replays);
      if (sending !== undefined) await sending;
      return outcome;
    } finally {
      this.attempts.end(connection, attempts);
      for (const attempt of attempts) this.release(attempt);
      held[Symbol.dispose]();
    }
  }

  /** Channels for which something is under way. */
  channelsOf(connection: Connection): readonly string[] {
    return this.attempts.of(connection).map(({ channel }) => channel);
  }

  /** What is under way for the channel comes to nothing: the client does not want it any more. */
  cancel(connection: Connection, channel: string): void {
    this.attempts.cancel(connection, channel, new WsError(WsErrorCode.RequestCancelled));
  }

  /**
   * What is under way for the channel comes to nothing: it is not allowed any more.
   * @returns whether the client was told already that it is subscribed
   */
  revoke(connection: Connection, channel: string): boolean {
    const denied = this.attempts.cancel(connection, channel, WsError.permissionDenied(channel));
    return denied.some(({ isAnnounced, pending }) => isAnnounced && pending?.isEnded === false);
  }

  private needsOpening({ pending, channel }: SubscriptionAttempt): boolean {
    return pending !== undefined && !this.channels.isOpen(channel);
  }

  private async openChannels(attempts: readonly SubscriptionAttempt[], held: HeldConnection): Promise<void> {
    const closed = attempts.filter((attempt) => this.needsOpening(attempt));
    const failures = await this.channels.open(
      closed.map(({ channel }) => channel),
      held,
    );
    for (const attempt of closed) {
      if (failures.has(attempt.channel))
        this.fail(attempt, 'channel could not be opened', failures.get(attempt.channel));
    }
  }

  private needsHistory({ pending, since, channel, error }: SubscriptionAttempt): boolean {
    if (pending === undefined || since === undefined || error !== undefined) return false;
    return this.options.of(channel).history !== undefined;
  }

  private async readHistory(attempts: readonly SubscriptionAttempt[]): Promise<void> {
    const read = async (attempt: SubscriptionAttempt): Promise<void> => {
      const { pending, since } = attempt;
      if (pending === undefined || since === undefined) return;
      try {
        attempt.recovery = await this.recoveries.read(pending, since);
      } catch (error) {
        this.fail(attempt, 'history could not be read', error);
      }
    };
    await Promise.all(attempts.filter((attempt) => this.needsHistory(attempt)).map(read));
  }

  private decide(attempts: readonly SubscriptionAttempt[]): ReadonlyMap<SubscriptionAttempt, Replay> {
    let replays: Map<SubscriptionAttempt, Replay> | undefined;
    for (const attempt of attempts) {
      attempt.refuseWhatChanged();
      const { pending, recovery, error } = attempt;
      if (error !== undefined) this.release(attempt);
      if (error !== undefined || pending === undefined || recovery === undefined) continue;
      const replay = this.recoveries.decide(pending, recovery);
      if (replay !== undefined) (replays ??= new Map()).set(attempt, replay);
    }
    return replays ?? NO_REPLAYS;
  }

  private outcomeOf(
    attempts: readonly SubscriptionAttempt[],
    replays: ReadonlyMap<SubscriptionAttempt, Replay>,
  ): Subscribed {
    let positions: Record<string, StartingPosition> | undefined;
    const subscribed: string[] = [];
    const failed = [];
    for (const attempt of attempts) {
      const { channel, error } = attempt;
      if (error !== undefined) {
        this.metrics.subscriptionFailed(error.code);
        failed.push(failureOf(channel, error));
        continue;
      }
      subscribed.push(channel);
      const replay = replays.get(attempt);
      const position = replay?.target ?? this.channels.find(channel)?.position;
      if (position === undefined) continue;
      positions ??= Object.create(null) as Record<string, StartingPosition>;
      positions[channel] = { ...position, recovered: replay !== undefined };
    }
    return { subscribed, failed, positions };
  }

  /** In the turn of the answer. */
  private activate(
    attempts: readonly SubscriptionAttempt[],
    replays: ReadonlyMap<SubscriptionAttempt, Replay>,
  ): Promise<void> | undefined {
    const budget = this.recoveries.sendBudget();
    const unfinished: Replay[] = [];
    for (const attempt of attempts) {
      const { connection, channel, pending, watches, error } = attempt;
      const replay = replays.get(attempt);
      if (error !== undefined) continue;
      if (replay !== undefined) {
        if (this.recoveries.advance(replay, budget) !== 'caught up') unfinished.push(replay);
      } else if (pending !== undefined) this.index.activate(pending);
      else if (watches !== undefined) this.index.watch(connection, channel, watches);
    }
    return unfinished.length === 0 ? undefined : this.recoveries.finish(unfinished, budget);
  }

  private release({ pending }: SubscriptionAttempt): void {
    if (pending?.isEnded === false) this.index.remove(pending.connection, pending.channel);
  }

  private fail(attempt: SubscriptionAttempt, kind: string, error: unknown): void {
    const { connection, channel } = attempt;
    const fields = { connection_id: connection.id, user_id: connection.userId, channel, error: describeError(error) };
    this.log.write('error', connection, kind, fields);
    attempt.error ??= new WsError(WsErrorCode.InternalError);
  }
}
