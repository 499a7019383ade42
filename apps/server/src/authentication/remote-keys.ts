import { Logger } from '@nestjs/common';
import { AuthenticationUnavailableError } from '@skreaver/nestjs-ws';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** How old keys may be before they are fetched anew. */
const MAX_AGE_MS = 600_000;
/** Between a fetch and the next one for a key that it did not have. */
const COOLDOWN_MS = 30_000;
/** Between a fetch that failed and the next one. */
const FAILURE_PAUSE_MS = 1000;

/**
 * The keys of a JWKS at a URL. They are fetched when they are old or lack one, at most so often; those that are there are
 * used until others have come. Where no verdict is possible it throws an `AuthenticationUnavailableError`: nothing was
 * fetched yet, or the key may have come since the last fetch.
 */
export class RemoteKeys {
  private readonly logger = new Logger('Jwks');
  private readonly jwks: ReturnType<typeof createRemoteJWKSet>;
  private fetching: Promise<void> | undefined;
  private fetches = 0;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private nextFetchAt = Number.NEGATIVE_INFINITY;
  private isFailing = false;

  /**
   * @param timeoutMs of a fetch
   * @param now monotonic clock, in ms
   */
  constructor(
    url: URL,
    timeoutMs: number,
    private readonly now: () => number = performance.now.bind(performance),
  ) {
    // When to fetch is decided here, so that an outage is told from a key that nobody has.
    const forever = { cacheMaxAge: Number.POSITIVE_INFINITY, cooldownDuration: Number.POSITIVE_INFINITY };
    this.jwks = createRemoteJWKSet(url, { ...forever, timeoutDuration: Math.max(1, Math.floor(timeoutMs)) });
  }

  /** @throws AuthenticationUnavailableError, or JWKSNoMatchingKey for a key that is not in a JWKS fetched since the call */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    const known = this.fetches;
    await this.refresh();
    try {
      return await this.jwks(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.fetches > known) throw error;
      await this.fetch();
      return this.jwks(header, token);
    }
  };

  private async refresh(): Promise<void> {
    if (this.now() - this.fetchedAt < MAX_AGE_MS) return;
    try {
      await this.fetch();
    } catch (error) {
      if (this.fetches === 0) throw error;
    }
  }

  private async fetch(): Promise<void> {
    const wait = this.nextFetchAt - this.now();
    if (this.fetching === undefined && wait > 0) throw new AuthenticationUnavailableError(wait);
    this.fetching ??= this.load();
    await this.fetching;
  }

  private async load(): Promise<void> {
    try {
      await this.jwks.reload();
      this.succeeded();
    } catch (error) {
      this.failed(error);
      throw new AuthenticationUnavailableError(undefined, { cause: error });
    } finally {
      this.fetching = undefined;
    }
  }

  private succeeded(): void {
    if (this.isFailing) this.logger.log({ msg: 'the JWKS can be fetched again' });
    this.isFailing = false;
    this.fetches += 1;
    this.fetchedAt = this.now();
    this.nextFetchAt = this.fetchedAt + COOLDOWN_MS;
  }

  private failed(error: unknown): void {
    if (!this.isFailing) this.logger.warn({ msg: 'the JWKS cannot be fetched', error: reasonOf(error) });
    this.isFailing = true;
    this.nextFetchAt = this.now() + FAILURE_PAUSE_MS;
  }
}

/** What `fetch` says is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
