import { hashOfKey, indexOfKey } from './key-hash.js';

/** The hash of a key, and its user. The key itself is not kept. */
export interface ApiKey {
  readonly hash: Buffer;
  readonly userId: string;
}

export const apiKey = (key: string, userId: string): ApiKey => ({ hash: hashOfKey(key), userId });

/** The keys of `SKREAVER_WS_API_KEYS`. */
export class ApiKeys {
  private readonly hashes: readonly Buffer[];

  constructor(private readonly keys: readonly ApiKey[]) {
    this.hashes = keys.map(({ hash }) => hash);
  }

  userOf(key: string): string | undefined {
    return this.keys[indexOfKey(key, this.hashes)]?.userId;
  }
}
