import { type ChannelRequest, type Position, WsErrorCode } from '@skreaver/protocol';
import type { PendingSubscription } from '../channel/index.js';
import { type Connection, Multimap, type Session, WsError } from '../connection/index.js';
import type { RecoverySource } from '../delivery/index.js';

/** The request of one connection to be subscribed to one channel, until it is answered. */
export class SubscriptionAttempt {
  /** Why it is given up. An unsubscribe in between wins, and so does what takes the permission away. */
  cancellation: WsError | undefined;
  /** The client was told that it is subscribed; what it missed may still be on its way. */
  isAnnounced = false;
  /** Why it came to nothing. */
  error: WsError | undefined;
  /** The place it took; none where it was a subscription already. */
  pending: PendingSubscription | undefined;
  /** What was read for it. */
  recovery: RecoverySource | undefined;
  readonly channel: string;
  /** Where the client was, or where it last said that it was. */
  readonly since: Position | 'acked' | undefined;
  /** Whether it wants joins and leaves; undefined leaves that as it is. */
  readonly watches: boolean | undefined;
  private readonly session: Session;

  constructor(
    readonly connection: Connection,
    request: ChannelRequest,
  ) {
    const { channel, since, join_leave } = typeof request === 'string' ? { channel: request } : request;
    this.channel = channel;
    this.since = since;
    this.watches = join_leave;
    this.session = connection.session;
  }

  /** It stands only if the connection, its user and the request to subscribe are what they were at the start. */
  refuseWhatChanged(): void {
    if (this.error !== undefined) return;
    if (this.connection.isClosed) this.error = new WsError(WsErrorCode.ConnectionClosed);
    else if (!this.session.isCurrent) this.error = WsError.permissionDenied(this.channel);
    else this.error = this.cancellation;
  }
}

/** Every attempt under way. */
export class SubscriptionAttempts {
  private readonly byConnection = new Multimap<Connection, SubscriptionAttempt>();

  /** Connections that have one. */
  get size(): number {
    return this.byConnection.size;
  }

  /** One for each channel; of a channel that is named twice, the last word counts. */
  begin(connection: Connection, requests: readonly ChannelRequest[]): readonly SubscriptionAttempt[] {
    const attempts = requests.map((request) => new SubscriptionAttempt(connection, request));
    const begun = attempts.length > 1 ? lastOfEachChannel(attempts) : attempts;
    for (const attempt of begun) this.byConnection.add(connection, attempt);
    return begun;
  }

  end(connection: Connection, ended: readonly SubscriptionAttempt[]): void {
    for (const attempt of ended) this.byConnection.delete(connection, attempt);
  }

  of(connection: Connection): readonly SubscriptionAttempt[] {
    return this.byConnection.of(connection);
  }

  /** Returns those that come to nothing. */
  cancel(connection: Connection, channel: string, reason: WsError): readonly SubscriptionAttempt[] {
    const cancelled = this.of(connection).filter((attempt) => attempt.channel === channel);
    for (const attempt of cancelled) attempt.cancellation ??= reason;
    return cancelled;
  }
}

function lastOfEachChannel(attempts: readonly SubscriptionAttempt[]): SubscriptionAttempt[] {
  return [...new Map(attempts.map((request) => [request.channel, request])).values()];
}
