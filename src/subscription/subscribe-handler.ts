import { Injectable } from '@nestjs/common';
import {
  type ChannelFailure,
  type ChannelRequest,
  type SubscribeMessage,
  WsErrorCode,
  isChannelName,
  reply,
} from '@skreaver/protocol';
import { BackplaneUnavailableError } from '../backplane/index.js';
import { type HeldConnection, SubscriberIndex, SubscriptionLocks } from '../channel/index.js';
import { type ClientConnection, WsError } from '../connection/index.js';
import { OpenChannels, RecoveryService, type Replay } from '../delivery/index.js';
import { ThrottledLog, WsMetrics, describeError } from '../metrics/index.js';
import { SubscribeAdmission } from './subscribe-admission.js';
import type { SubscriptionAttempt } from './subscription-attempt.js';
import { SubscriptionAttempts } from './subscription-attempts.js';
import {
  type StartingPosition,
  type Subscribed,
  type Unsubscribed,
  failureOf,
  newsOf,
  subscribeResponse,
} from './subscription-outcome.js';

interface Commit {
  readonly outcome: Subscribed;
  /** Resolves when all that was missed has been sent; undefined when nothing is left to send. */
  readonly sending: Promise<void> | undefined;
}

/** Of one user: bounds the permissions that are asked for, and the channels that are opened, side by side. */
const CONNECTIONS_AT_A_TIME = 100;

/**
 * Subscribes in four steps (docs/delivery.md): ask for all permissions; reserve slots in one turn; open channels and
 * read history; commit. Between the steps the connection, its user and the request may change: the slots are released
 * in the turn of the change, and the next step sees it.
 */
@Injectable()
export class SubscribeHandler {
  private readonly attempts = new SubscriptionAttempts();

  constructor(
    private readonly admission: SubscribeAdmission,
    private readonly index: SubscriberIndex,
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
   * Handles a client's `subscribe`: its answer goes out right before the first event, in the turn in which the
   * subscriptions begin. Resolves when all that was missed has been handed to the socket.
   * @throws when the answer cannot be sent; nothing is subscribed then that was not before
   */
  async handle(connection: ClientConnection, message: SubscribeMessage): Promise<void> {
    await this.settle(connection, this.attempts.begin(connection, message.data.channels), message);
  }

  /**
   * Subscribes a connection for the server: the client gets an unasked response, before the first event. It names what
   * is new to the client; where nothing is, none is sent.
   * @throws when the response cannot be sent; nothing is subscribed then that was not before
   */
  subscribe(connection: ClientConnection, requests: readonly ChannelRequest[]): Promise<Subscribed> {
    return this.settle(connection, this.attempts.begin(connection, requests));
  }

  /**
   * Subscribes connections as {@link subscribe} does, {@link CONNECTIONS_AT_A_TIME} at a time. All attempts begin in
   * this turn, so a later unsubscribe or revoke has those fail that are still waiting. Never rejects.
   * @returns how many connections are subscribed to all of the channels
   */
  async subscribeEach(connections: readonly ClientConnection[], requests: readonly ChannelRequest[]): Promise<number> {
    const begun = connections.map((each) => [each, this.attempts.begin(each, requests)] as const);
    let subscribed = 0;
    for (let at = 0; at < begun.length; at += CONNECTIONS_AT_A_TIME) {
      const outcomes = begun.slice(at, at + CONNECTIONS_AT_A_TIME).map((each) => this.succeeds(...each));
      subscribed += (await Promise.all(outcomes)).filter(Boolean).length;
    }
    return subscribed;
  }

  /** Ends subscriptions and attempts, at once. A channel without either counts as unsubscribed. */
  unsubscribe(connection: ClientConnection, channels: readonly string[]): Unsubscribed {
    const unsubscribed: string[] = [];
    const failed: ChannelFailure[] = [];
    for (const channel of new Set(channels)) {
      if (isChannelName(channel)) {
        this.attempts.cancel(connection, channel, new WsError(WsErrorCode.RequestCancelled));
        this.index.remove(connection, channel);
        unsubscribed.push(channel);
      } else {
        failed.push(failureOf(channel, WsError.invalidChannel(channel)));
      }
    }
    return { unsubscribed, failed };
  }

  /** Channels with an attempt under way. */
  channelsOf(connection: ClientConnection): readonly string[] {
    return this.attempts.of(connection).map(({ channel }) => channel);
  }

  /** True if the client was told that it is subscribed, and what it missed is still being sent. */
  isRecovering(connection: ClientConnection, channel: string): boolean {
    return this.attempts
      .of(connection)
      .some(({ channel: of, phase }) => of === channel && phase.name === 'recovering' && !phase.replay.pending.isEnded);
  }

  /** Has the attempts for a channel fail: it is not allowed any more. */
  revoke(connection: ClientConnection, channel: string): void {
    this.attempts.cancel(connection, channel, WsError.permissionDenied(channel));
  }

  private async succeeds(connection: ClientConnection, attempts: readonly SubscriptionAttempt[]): Promise<boolean> {
    try {
      const { failed } = await this.settle(connection, attempts);
      return failed.length === 0;
    } catch (error) {
      const fields = { connection_id: connection.id, user_id: connection.userId, error: describeError(error) };
      this.log.write('error', connection, 'connection could not be subscribed', fields);
      return false;
    }
  }

  /** Attempts begin before the first await: from there on an unsubscribe or a change of user must be seen. */
  private async settle(
    connection: ClientConnection,
    attempts: readonly SubscriptionAttempt[],
    message?: SubscribeMessage,
  ): Promise<Subscribed> {
    // Nothing is awaited that is there already: most subscribes are done in the turn in which they came.
    const held = this.locks.tryConnection(connection.id) ?? (await this.locks.ofConnection(connection.id));
    try {
      const asking = this.admission.authorize(connection, attempts);
      if (asking !== undefined) await asking;
      this.admission.reserve(attempts);
      if (attempts.some((attempt) => this.needsOpening(attempt))) await this.openChannels(attempts, held);
      if (attempts.some(({ phase }) => phase.name === 'buffering')) await this.readHistory(attempts);
      const { outcome, sending } = this.commit(connection, attempts, message);
      if (sending !== undefined) await sending;
      return outcome;
    } finally {
      this.attempts.end(connection, attempts);
      for (const attempt of attempts) this.release(attempt);
      held[Symbol.dispose]();
    }
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
      if (failures.has(attempt.channel)) {
        this.giveUp(attempt, 'channel could not be opened', failures.get(attempt.channel));
      }
    }
  }

  private async readHistory(attempts: readonly SubscriptionAttempt[]): Promise<void> {
    const read = async (attempt: SubscriptionAttempt): Promise<void> => {
      const { phase } = attempt;
      if (phase.name !== 'buffering') return;
      const { pending, since } = phase;
      try {
        attempt.phase = { name: 'read', pending, source: await this.recoveries.read(pending, since) };
      } catch (error) {
        this.giveUp(attempt, 'history could not be read', error);
      }
    };
    await Promise.all(attempts.map(read));
  }

  /** Not async, so that nothing comes between the decision, the answer and the first event: they share one turn. */
  private commit(
    connection: ClientConnection,
    attempts: readonly SubscriptionAttempt[],
    message: SubscribeMessage | undefined,
  ): Commit {
    for (const attempt of attempts) this.decide(attempt);
    const outcome = this.outcomeOf(attempts);
    if (message === undefined) this.tell(connection, attempts, outcome);
    else connection.send(reply(message, { type: 'subscribe_response', data: subscribeResponse(outcome) }));
    return { outcome, sending: this.activate(attempts) };
  }

  private tell(connection: ClientConnection, attempts: readonly SubscriptionAttempt[], outcome: Subscribed): void {
    const known = attempts.filter(({ phase }) => phase.name === 'known').map(({ channel }) => channel);
    const news = newsOf(outcome, new Set(known));
    if (news !== undefined) connection.send({ type: 'subscribe_response', data: subscribeResponse(news) });
  }

  private decide(attempt: SubscriptionAttempt): void {
    const { phase } = attempt;
    if (phase.name === 'failed') return;
    const { interruption } = attempt;
    if (interruption !== undefined) return this.fail(attempt, interruption);
    if (phase.name !== 'read') return;
    const { pending, source } = phase;
    const replay = this.recoveries.decide(pending, source);
    attempt.phase = replay === undefined ? { name: 'reserved', pending } : { name: 'recovering', replay };
  }

  private outcomeOf(attempts: readonly SubscriptionAttempt[]): Subscribed {
    let positions: Record<string, StartingPosition> | undefined;
    const subscribed: string[] = [];
    const failed: ChannelFailure[] = [];
    for (const { channel, phase } of attempts) {
      if (phase.name === 'failed') {
        this.metrics.subscriptionFailed(phase.error.code);
        failed.push(failureOf(channel, phase.error));
        continue;
      }
      subscribed.push(channel);
      const replay = phase.name === 'recovering' ? phase.replay : undefined;
      const position = replay?.target ?? this.channels.find(channel)?.position;
      if (position === undefined) continue;
      positions ??= Object.create(null) as Record<string, StartingPosition>;
      positions[channel] = { ...position, recovered: replay !== undefined };
    }
    return { subscribed, failed, positions };
  }

  private activate(attempts: readonly SubscriptionAttempt[]): Promise<void> | undefined {
    const budget = this.recoveries.sendBudget();
    const unfinished: Replay[] = [];
    for (const { connection, channel, receivesPresence, phase } of attempts) {
      if (phase.name === 'recovering') {
        if (phase.replay.advance(budget) !== 'live') unfinished.push(phase.replay);
      } else if (phase.name === 'reserved') this.index.activate(phase.pending);
      else if (phase.name === 'known' && receivesPresence !== undefined) {
        this.index.receivePresence(connection, channel, receivesPresence);
      }
    }
    return unfinished.length === 0 ? undefined : this.recoveries.finish(unfinished, budget);
  }

  private giveUp(attempt: SubscriptionAttempt, kind: string, error: unknown): void {
    const { connection, channel } = attempt;
    const fields = { connection_id: connection.id, user_id: connection.userId, channel, error: describeError(error) };
    this.log.write('error', connection, kind, fields);
    const isOutage = error instanceof BackplaneUnavailableError;
    this.fail(attempt, isOutage ? WsError.outage(error) : new WsError(WsErrorCode.InternalError));
  }

  private fail(attempt: SubscriptionAttempt, error: WsError): void {
    this.release(attempt);
    attempt.fail(error);
  }

  private release({ pending }: SubscriptionAttempt): void {
    if (pending !== undefined) this.index.release(pending);
  }
}
