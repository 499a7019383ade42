import type { Target } from '../cases/bench-case.js';
import { ratios, type Spread, spreadOf } from './spread.js';
import type { CaseResult } from '../suite/case-result.js';

/** Target with its measured value and whether it is met. */
export interface Verdict {
  readonly target: Target;
  /** Measured ratio, or the figure itself for a target without `against`. */
  readonly spread: Spread;
  readonly isMet: boolean;
}

/** Judges the targets whose sides were both measured, on the version of Node that the target is for. */
export function verdictsOf(result: CaseResult, nodeMajor: number): Verdict[] {
  return result.targets.flatMap((target) => {
    if (target.node !== undefined && target.node !== nodeMajor) return [];
    const of = valuesOf(result, target.of, target.figure);
    const against = target.against === undefined ? undefined : valuesOf(result, target.against, target.figure);
    if (of === undefined || (target.against !== undefined && against === undefined)) return [];
    const spread = against === undefined ? spreadOf(of) : ratios(of, against);
    const isMet = spread.median <= (target.atMost ?? Infinity) && spread.median >= (target.atLeast ?? -Infinity);
    return [{ target, spread, isMet }];
  });
}

function valuesOf(result: CaseResult, name: string, figure: string): readonly number[] | undefined {
  const values = result.contestants.find((each) => each.name === name)?.values[figure];
  return values === undefined || values.length === 0 ? undefined : values;
}
