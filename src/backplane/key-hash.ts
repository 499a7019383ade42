import { hash, randomBytes } from 'node:crypto';

const BYTES = 16;

/**
 * Idempotency keys as 128 bits each, however long they are. Hashed with a secret of this process: nobody can look for two
 * keys that are one here.
 */
export class KeyHash {
  private readonly secret = randomBytes(BYTES).toString('base64url');

  /** @param userId undefined for a key of the application */
  of(channel: string, userId: string | undefined, key: string): string {
    // JSON tells any two lists of texts apart, also those with half a surrogate pair.
    const text = JSON.stringify([this.secret, userId ?? null, channel, key]);
    return hash('sha256', text, 'buffer').toString('latin1', 0, BYTES);
  }
}
