import type { Requests } from './requests.js';
import type { RequestOptions } from './request-options.js';

export interface PublishOptions extends RequestOptions {
  /**
   * Two publications of a user with one key are one, within 5 minutes. Default: a new key for each call, so that the client
   * can publish again when the connection was lost before the answer. `false`: no key, and it is not published again.
   */
  readonly idempotencyKey?: string | false | undefined;
}

/** What became of a publication. */
export interface Published {
  /** Subscribers that it was delivered to. */
  readonly delivered: number;
  /** Its position, where the channel keeps history. */
  readonly epoch?: string;
  readonly offset?: number;
  /** It had been published before, with the same key. */
  readonly duplicate?: boolean;
}

/** Keys hold for a user, and an anonymous client is another user with each connection. */
const isSameUser = (sentBy: string | undefined, user: string | undefined): boolean =>
  sentBy === user && sentBy?.startsWith('anonymous_') === false;

export function createPublish(requests: Requests, random: () => number) {
  const part = (): string => random().toString(36).slice(2);
  let prefix: string | undefined;
  let count = 0;
  return (channel: string, data: unknown, options: PublishOptions = {}): Promise<unknown> => {
    prefix ??= part() + part();
    const { idempotencyKey = `${prefix}-${(count += 1)}` } = options;
    const key = idempotencyKey || undefined;
    const params = { channel, data, idempotency_key: key };
    return requests.call({ ...options, method: 'publish', params, isRepeatable: key ? isSameUser : undefined });
  };
}
