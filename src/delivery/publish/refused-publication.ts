import { WsError } from '../../connection/index.js';
import type { ThrottledLog, WsMetrics } from '../../metrics/index.js';

/** Time after which a refused publisher may try again: some rounds over ten thousand subscribers. */
const RETRY_AFTER_MS = 1000;

/** Refuses what would have to wait while too much waits already. @returns a promise that rejects with `RATE_LIMIT_EXCEEDED` */
export function refusedPublication(
  publisher: object,
  metrics: WsMetrics,
  log: ThrottledLog,
  target: { readonly channel?: string },
): Promise<never> {
  const refused = Promise.reject(WsError.rateLimited(RETRY_AFTER_MS));
  // A caller that does not await the outcome must not end the process by an unhandled rejection.
  refused.catch(() => {});
  metrics.publicationRefused();
  log.write('error', publisher, 'publication refused: too many wait', target);
  return refused;
}
