import { Logger } from '@nestjs/common';
import { AuthenticationUnavailableError } from '@skreaver/nestjs-ws';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** Age from which keys are fetched anew. */
const MAX_AGE_MS = 600_000;
/** Least time between a fetch and the next one for an unknown key. */
const COOLDOWN_MS = 30_000;
/** Least time between a failed fetch and the next one. */
const FAILURE_PAUSE_MS = 1000;

/**
 * Caches the keys of a JWKS at a URL. They are fetched anew, at a limited rate, when they are old or a key is unknown.
 * The cached keys stay in use until a fetch succeeds. `AuthenticationUnavailableError` means that there is no verdict:
 * nothing has been fetched yet, or the key may have been added since the last fetch.
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
   * @param timeoutMs timeout of a fetch, in milliseconds
   * @param now monotonic clock, in milliseconds
   */
  constructor(
    url: URL,
    timeoutMs: number,
    private readonly now: () => number = performance.now.bind(performance),
  ) {
    // Caching in jose is off: this class decides when to fetch, to tell an outage from an unknown key.
    const forever = { cacheMaxAge: Number.POSITIVE_INFINITY, cooldownDuration: Number.POSITIVE_INFINITY };
    this.jwks = createRemoteJWKSet(url, { ...forever, timeoutDuration: Math.max(1, Math.floor(timeoutMs)) });
  }

  /** @throws AuthenticationUnavailableError, or JWKSNoMatchingKey if a JWKS fetched since the call lacks the key */
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

/** The message and the cause of an error: `fetch` puts its reason into the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
