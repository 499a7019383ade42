import type { Target } from '../cases/bench-case.js';
import { ratios, spreadOf } from './spread.js';
import type { CaseResult } from '../suite/case-result.js';
import { shown, shownSpread } from './numbers.js';
import { verdictsOf } from './verdicts.js';

/** Rows of a table, the first of them its head. */
export type Rows = readonly (readonly string[])[];

/** Makes one row per contestant: median and range of each figure, and the ratio of the first contestant to this one. */
export function figureRows(result: CaseResult): Rows {
  const [first] = result.contestants;
  const [merit = ''] = result.plots;
  const head = ['', ...result.figures.map(({ label, unit }) => `${label}, ${unit}`), `${first?.name ?? ''} / it`];
  const lines = result.contestants.map((side) => {
    const own = side.values[merit] ?? [];
    const reference = first?.values[merit] ?? [];
    return [
      side.name,
      ...result.figures.map(({ name }) => shownSpread(spreadOf(side.values[name] ?? []))),
      side === first ? '' : shownSpread(ratios(reference, own)),
    ];
  });
  return [head, ...lines];
}

/** Makes one row per target: the limit, the measured value and the verdict. */
export function targetRows(result: CaseResult, nodeMajor: number): Rows {
  return verdictsOf(result, nodeMajor).map(({ target, spread, isMet }) => [
    targetSentence(target, result),
    shownSpread(spread),
    isMet ? 'met' : 'missed',
  ]);
}

/** Lists remarks on the run, and contestants that were left out. */
export function remarkLines(result: CaseResult): string[] {
  return [
    ...result.contestants.flatMap(({ name, remarks }) => remarks.map((remark) => `${name}: ${remark}`)),
    ...result.absent.map(({ name, reason, isFault }) => `${name} ${isFault ? 'FAILED' : 'is left out'}: ${reason}`),
  ];
}

function targetSentence({ figure, of, against, atMost, atLeast }: Target, { figures }: CaseResult): string {
  const { label = figure, unit = '' } = figures.find(({ name }) => name === figure) ?? {};
  const limit = atMost === undefined ? `at least ${shown(atLeast ?? NaN)}` : `at most ${shown(atMost)}`;
  return against === undefined ? `${label} of ${of}: ${limit} ${unit}` : `${label}, ${of} / ${against}: ${limit}`;
}
