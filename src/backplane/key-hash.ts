import { hash, randomBytes } from 'node:crypto';

const BYTES = 16;

/**
 * Hashes idempotency keys of any length to 128 bits. The hash uses a secret of this process, so that nobody can search
 * for two keys with the same hash.
 */
export class KeyHash {
  private readonly secret = randomBytes(BYTES).toString('base64url');

  /** @param userId undefined for a key of the application */
  of(channel: string, userId: string | undefined, key: string): string {
    // JSON makes the text unambiguous: two different lists never give the same text, not even with half of a surrogate
    // pair.
    const text = JSON.stringify([this.secret, userId ?? null, channel, key]);
    return hash('sha256', text, 'buffer').toString('latin1', 0, BYTES);
  }
}
