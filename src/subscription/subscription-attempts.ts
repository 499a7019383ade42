import { type ChannelRequest, type Position, WsErrorCode } from '@skreaver/protocol';
import type { Join } from '../channel/index.js';
import { type Connection, Multimap, WsError } from '../connection/index.js';
import type { Missed } from '../delivery/index.js';

/** The wish of one connection to be subscribed to one channel, until it is answered. */
export class SubscriptionAttempt {
  /** Why it is given up. An unsubscribe in between wins, and so does what takes the permission away. */
  withdrawal: WsError | undefined;
  /** The client was told that it is subscribed; what it missed may still be on its way. */
  isAnnounced = false;
  /** Why it came to nothing. */
  error: WsError | undefined;
  /** The place it took; none where it was a subscription already. */
  join: Join | undefined;
  /** What was read for it. */
  missed: Missed | undefined;
  readonly channel: string;
  /** Where the client was, or where it last said that it was. */
  readonly since: Position | 'acked' | undefined;
  /** Whether it wants joins and leaves; undefined leaves that as it is. */
  readonly watches: boolean | undefined;
  private readonly generation: number;

  constructor(
    readonly connection: Connection,
    request: ChannelRequest,
  ) {
    const wish = typeof request === 'string' ? { channel: request } : request;
    this.channel = wish.channel;
    this.since = wish.since;
    this.watches = wish.join_leave;
    this.generation = connection.generation;
  }

  /** It stands only if the connection, its user and the wish to subscribe are what they were at the start. */
  refuseWhatChanged(): void {
    if (this.error !== undefined) return;
    if (this.connection.isClosed) this.error = new WsError(WsErrorCode.ConnectionClosed);
    else if (this.connection.generation !== this.generation) this.error = WsError.permissionDenied(this.channel);
    else this.error = this.withdrawal;
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
    const wishes = requests.map((request) => new SubscriptionAttempt(connection, request));
    const begun = wishes.length > 1 ? lastOfEachChannel(wishes) : wishes;
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
  withdraw(connection: Connection, channel: string, reason: WsError): readonly SubscriptionAttempt[] {
    const withdrawn = this.of(connection).filter((attempt) => attempt.channel === channel);
    for (const attempt of withdrawn) attempt.withdrawal ??= reason;
    return withdrawn;
  }
}

function lastOfEachChannel(wishes: readonly SubscriptionAttempt[]): SubscriptionAttempt[] {
  return [...new Map(wishes.map((wish) => [wish.channel, wish])).values()];
}
