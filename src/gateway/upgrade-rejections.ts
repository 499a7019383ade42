import { WsErrorCode } from '@skreaver/protocol';
import type { Undecided } from '../auth/index.js';
import type { WsError } from '../connection/index.js';
import { RETRY_AFTER_MS } from '../timers/index.js';
import type { UpgradeRejection } from '../transport/index.js';

const undecided = {
  busy: {
    status: 503,
    code: WsErrorCode.RateLimitExceeded,
    message: 'Too many tokens are being checked; try again.',
  },
  timeout: {
    status: 504,
    code: 'AUTHENTICATION_TIMEOUT',
    message: 'The token could not be checked in time; try again.',
  },
  unavailable: {
    status: 503,
    code: WsErrorCode.Unavailable,
    message: 'Tokens cannot be checked now; try again.',
  },
} as const satisfies Record<Undecided['failure'], Partial<UpgradeRejection>>;

const reasons = { server: 'server_full', address: 'address_limit', user: 'user_limit' } as const;

const secondsOf = (ms: number): number => Math.ceil(ms / 1000);

/** Rejects upgrade requests that exceed a limit or a rate, or whose token could not be checked (PROTOCOL §1). */
export const upgradeRejections = {
  tooFast: (waitMs: number): UpgradeRejection => ({
    status: 429,
    code: WsErrorCode.RateLimitExceeded,
    message: 'Too many connection attempts from this address; wait before you try again.',
    reason: 'connect_rate',
    retryAfter: secondsOf(waitMs),
  }),

  /**
   * Answers 429 at the limit of the address or the user, which can close a connection of its own, and 503 at that of the
   * server.
   */
  full: (error: WsError): UpgradeRejection => {
    return {
      status: error.details?.['scope'] === 'server' ? 503 : 429,
      code: error.code,
      message: error.message,
      reason: reasons[error.details?.['scope'] as keyof typeof reasons],
      retryAfter: secondsOf(RETRY_AFTER_MS),
    };
  },

  undecided: ({ failure, retryAfterMs }: Undecided): UpgradeRejection => ({
    ...undecided[failure],
    reason: `authentication_${failure}`,
    retryAfter: secondsOf(retryAfterMs),
  }),
} as const satisfies Record<string, UpgradeRejection | ((...args: never[]) => UpgradeRejection)>;
