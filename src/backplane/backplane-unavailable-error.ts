import { WsErrorCode } from '@skreaver/protocol';

/** Time in ms after which a caller should try again; about as long as a short outage. */
const RETRY_AFTER_MS = 1000;

/**
 * `not_done`: nothing was done, and nothing will be. `unknown`: it may have been done, once; a publication with an
 * idempotency key may be repeated.
 */
export type UnavailableOutcome = 'not_done' | 'unknown';

/**
 * The engine of the backplane cannot be reached, or did not answer in time. Clients get `UNAVAILABLE` with
 * `retry_after_ms` and `outcome` (PROTOCOL §9).
 * @example
 * ```ts
 * import { BackplaneUnavailableError, type SubscriptionService } from '@skreaver/nestjs-ws';
 *
 * export async function publish(subscriptions: SubscriptionService, price: number): Promise<boolean> {
 *   try {
 *     await subscriptions.broadcast('prices', { price });
 *     return true;
 *   } catch (error) {
 *     if (error instanceof BackplaneUnavailableError && error.outcome === 'not_done') return false;
 *     throw error;
 *   }
 * }
 * ```
 */
export class BackplaneUnavailableError extends Error {
  override readonly name = 'BackplaneUnavailableError';
  readonly code = WsErrorCode.Unavailable;

  /**
   * @param outcome what became of the call
   * @param message a sentence for an operator; clients do not get it
   */
  constructor(
    readonly outcome: UnavailableOutcome,
    message = 'The engine of the backplane cannot be reached.',
    /** Time in ms after which a caller should try again. */
    readonly retryAfterMs: number = RETRY_AFTER_MS,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
