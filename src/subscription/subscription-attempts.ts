import type { ChannelRequest } from '@skreaver/protocol';
import { type ClientConnection, Multimap, type WsError } from '../connection/index.js';
import { SubscriptionAttempt } from './subscription-attempt.js';

/** Every attempt under way. */
export class SubscriptionAttempts {
  private readonly byConnection = new Multimap<ClientConnection, SubscriptionAttempt>();

  /** Connections that have one. */
  get size(): number {
    return this.byConnection.size;
  }

  /** Begins one attempt for each channel; of a channel that is named twice, the last request counts. */
  begin(connection: ClientConnection, requests: readonly ChannelRequest[]): readonly SubscriptionAttempt[] {
    const attempts = requests.map((request) => new SubscriptionAttempt(connection, request));
    const begun = attempts.length > 1 ? lastOfEachChannel(attempts) : attempts;
    for (const attempt of begun) this.byConnection.add(connection, attempt);
    return begun;
  }

  end(connection: ClientConnection, ended: readonly SubscriptionAttempt[]): void {
    for (const attempt of ended) this.byConnection.delete(connection, attempt);
  }

  of(connection: ClientConnection): readonly SubscriptionAttempt[] {
    return this.byConnection.of(connection);
  }

  /** Cancels the attempts for a channel. */
  cancel(connection: ClientConnection, channel: string, reason: WsError): void {
    for (const attempt of this.of(connection)) if (attempt.channel === channel) attempt.cancel(reason);
  }
}

function lastOfEachChannel(attempts: readonly SubscriptionAttempt[]): SubscriptionAttempt[] {
  return [...new Map(attempts.map((attempt) => [attempt.channel, attempt])).values()];
}
