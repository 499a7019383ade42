export interface ReconnectOptions {
  /** Milliseconds over which the first attempt after a stable connection is spread. Default: 2,000, or what the server says. */
  firstWindow?: number;
  /** Milliseconds over which the second attempt is spread; doubled for each further one. Default: 1,000. */
  base?: number;
  /** The widest spread, in milliseconds. Default: 20,000. */
  max?: number;
  /** Milliseconds after which a connection counts as stable, and the next attempt as the first. Default: 10,000. */
  stableAfter?: number;
  /** Attempts before the client stops. Default: no bound. */
  maxAttempts?: number;
}

export type Backoff = Required<ReconnectOptions>;

export const LEAST_DELAY = 100;

/**
 * Milliseconds until the next attempt: full jitter. Clients that lost their connections at once come back spread over the
 * window, and later over ever wider ones.
 * @param failures attempts that have failed since the last stable connection
 * @param hint milliseconds that the server asked to wait; up to 20 % are added, so that clients with one hint are spread
 */
export function backoff(failures: number, options: Backoff, random: () => number, hint?: number): number {
  if (hint !== undefined) return hint * (1 + random() * 0.2);
  const { firstWindow, base, max } = options;
  return LEAST_DELAY + random() * (failures === 0 ? firstWindow : Math.min(max, base * 2 ** failures));
}
