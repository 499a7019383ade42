import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256, so that keys of any length are compared in constant time. */
export const hashOfKey = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/** The index of a key in a list of hashes, or -1. Constant time: every hash is compared, even after a match. */
export function indexOfKey(key: string, hashes: readonly Buffer[]): number {
  const hash = hashOfKey(key);
  let found = -1;
  for (const [index, candidate] of hashes.entries()) {
    if (timingSafeEqual(hash, candidate)) found = index;
  }
  return found;
}
