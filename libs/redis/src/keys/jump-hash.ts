const MULTIPLIER = 2_862_933_555_777_941_757n;
const HALF = 2 ** 31;

/**
 * The bucket of a key, after "A Fast, Minimal Memory, Consistent Hash Algorithm" (Lamping, Veach): of n keys, about n/b move
 * when there are b buckets instead of b − 1, and all of them into the new one.
 */
export function jumpHash(key: number, buckets: number): number {
  let state = BigInt(key);
  let bucket = 0;
  for (let next = 0; next < buckets;) {
    bucket = next;
    state = BigInt.asUintN(64, state * MULTIPLIER + 1n);
    next = Math.floor((bucket + 1) * (HALF / (Number(state >> 33n) + 1)));
  }
  return bucket;
}
