import { RETRY_AFTER_MS } from '../timers/index.js';
import { isInstance } from './is-instance.js';

const LONGEST_RETRY_MS = 3_600_000;

/**
 * Thrown by an `AuthHandler` when it cannot tell, as what it needs for that is away: a database, an identity provider. It is
 * answered as the server's own fault and counted against nobody (protocol §4). Of a token: 503 with `Retry-After` before the
 * upgrade, 1013 with a hint after it; a renewal leaves the session as it is. Of a permission: `UNAVAILABLE` with a hint, and
 * what was granted before stays.
 */
export class AuthenticationUnavailableError extends Error {
  override readonly name = 'AuthenticationUnavailableError';
  /** When the client should try again, in ms; at most an hour. */
  readonly retryAfterMs: number;

  /** @param retryAfterMs default: 5000, also for what is no time */
  constructor(retryAfterMs: number = RETRY_AFTER_MS, options?: ErrorOptions) {
    super('It cannot be checked now.', options);
    const isTime = Number.isFinite(retryAfterMs) && retryAfterMs >= 0;
    this.retryAfterMs = isTime ? Math.min(Math.ceil(retryAfterMs), LONGEST_RETRY_MS) : RETRY_AFTER_MS;
  }
}

export function asUnavailable(thrown: unknown): AuthenticationUnavailableError | undefined {
  return isInstance(thrown, AuthenticationUnavailableError) ? thrown : undefined;
}
