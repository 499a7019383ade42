import type { Target } from '../cases/bench-case.js';
import { ratios, spreadOf } from './spread.js';
import type { CaseResult } from '../suite/case-result.js';
import { shown, shownSpread } from './numbers.js';
import { verdictsOf } from './verdicts.js';

/** A table: the first row is its head. */
export type Rows = readonly (readonly string[])[];

/** One line per side: median and range of each figure, and how the first side's figure of merit stands to it. */
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

/** One line per target: what was wanted, what was measured, what that means. */
export function targetRows(result: CaseResult, nodeMajor: number): Rows {
  return verdictsOf(result, nodeMajor).map(({ target, spread, isMet }) => [
    targetSentence(target, result),
    shownSpread(spread),
    isMet ? 'met' : 'missed',
  ]);
}

/** What must be known of the run: who was full, who was left out. */
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
