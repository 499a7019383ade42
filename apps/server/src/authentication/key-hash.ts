import { createHash, timingSafeEqual } from 'node:crypto';

/** What is kept of a key: its SHA-256 hash, so that keys of any length compare in the same time. */
export const hashOfKey = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/** The place of a key in a list of hashes, -1 when it is not there. Every hash is compared, whichever matches. */
export function indexOfKey(key: string, hashes: readonly Buffer[]): number {
  const hash = hashOfKey(key);
  let found = -1;
  for (const [index, candidate] of hashes.entries()) {
    if (timingSafeEqual(hash, candidate)) found = index;
  }
  return found;
}
