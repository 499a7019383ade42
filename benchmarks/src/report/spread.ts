/** Median and range of a figure over all rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError if `values` is empty */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high, min, max] = [Math.floor(middle), Math.ceil(middle), 0, sorted.length - 1].map((at) => sorted[at]);
  if (low === undefined || high === undefined || min === undefined || max === undefined) {
    throw new RangeError('There is no median of no values.');
  }
  return { median: (low + high) / 2, min, max };
}

/** Divides round by round, as both sides of a round ran under the same load of the machine. */
export function ratios(of: readonly number[], against: readonly number[]): Spread {
  return spreadOf(of.slice(0, against.length).map((value, round) => value / (against[round] ?? NaN)));
}
