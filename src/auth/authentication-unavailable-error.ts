import { RETRY_AFTER_MS } from '../timers/index.js';
import { isInstance } from './is-instance.js';

const LONGEST_RETRY_MS = 3_600_000;

/**
 * Thrown by an `AuthHandler` that cannot decide because a database or an identity provider is unavailable. The server
 * answers for it, and no client is blamed (PROTOCOL §4). For a token the answer is 503 with `Retry-After` before the
 * upgrade and 1013 with a hint after it; a renewal leaves the session as it is. For a permission it is `UNAVAILABLE`
 * with a hint, and earlier grants stay.
 * @example
 * ```ts
 * import { AuthHandler, AuthenticationUnavailableError } from '@skreaver/nestjs-ws';
 *
 * export class Remote extends AuthHandler {
 *   async authenticate(token: string): Promise<string> {
 *     const response = await fetch('https://id.example.com/check', { method: 'POST', body: token });
 *     if (response.status >= 500) throw new AuthenticationUnavailableError(10_000);
 *     if (!response.ok) throw new Error('refused');
 *     return response.text();
 *   }
 *   checkPermission(): boolean {
 *     return true;
 *   }
 * }
 * ```
 */
export class AuthenticationUnavailableError extends Error {
  override readonly name = 'AuthenticationUnavailableError';
  /** Time in ms after which the client should try again; at most an hour. */
  readonly retryAfterMs: number;

  /** @param retryAfterMs default: 5000, also where the number is negative or not finite */
  constructor(retryAfterMs: number = RETRY_AFTER_MS, options?: ErrorOptions) {
    super('It cannot be checked now.', options);
    const isTime = Number.isFinite(retryAfterMs) && retryAfterMs >= 0;
    this.retryAfterMs = isTime ? Math.min(Math.ceil(retryAfterMs), LONGEST_RETRY_MS) : RETRY_AFTER_MS;
  }
}

export function asUnavailable(thrown: unknown): AuthenticationUnavailableError | undefined {
  return isInstance(thrown, AuthenticationUnavailableError) ? thrown : undefined;
}
