import type { Random } from '../random.js';
import { type Fault, pairOf } from './faults/fault.js';

/** `TORTURE_MINUTES=30` for a long run. */
export const MINUTES = Number(process.env['TORTURE_MINUTES'] ?? 0);
/** `TORTURE_SEED` for the same order of faults, at the same bytes. */
export const SEED = Number(process.env['TORTURE_SEED'] ?? Date.now() % 2 ** 31);
export const TIMEOUT_MS = 2 * MINUTES * 60_000 + 600_000;

interface Faults<S> {
  readonly all: readonly Fault<S>[];
  /** Those that take long: in a long run alone. */
  readonly long: readonly Fault<S>[];
  /** Two of these happen at once, if there are any. */
  readonly paired: readonly Fault<S>[];
}

/** Each of them once, and two at a time; in a long run again and again. */
export function* rounds<S extends { readonly random: Random }>(
  random: Random,
  { all, long, paired }: Faults<S>,
): Iterable<Fault<S>> {
  const until = performance.now() + MINUTES * 60_000;
  do {
    const left = [...all, ...(MINUTES > 0 ? long : [])];
    while (left.length > 0) yield* left.splice(random.below(left.length), 1);
    if (paired.length === 0) continue;
    const one = random.pick(paired);
    yield pairOf(one, random.pick(paired.filter(({ on }) => on !== one.on)));
  } while (performance.now() < until);
}
