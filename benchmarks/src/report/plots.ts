import { spreadOf } from './spread.js';
import type { CaseResult } from '../suite/case-result.js';
import { barPlot } from './bar-plot.js';

export interface Plot {
  /** File name, such as `p1-cpu-node20.svg`. */
  readonly file: string;
  readonly alt: string;
  readonly svg: string;
}

export function plotsOf(result: CaseResult, nodeMajor: number): Plot[] {
  return result.plots.flatMap((name) => {
    const figure = result.figures.find((each) => each.name === name);
    const sides = result.contestants.filter(({ values }) => (values[name] ?? []).length > 0);
    if (figure === undefined || sides.length === 0) return [];
    const alt = `${result.id}: ${figure.label}, ${figure.unit}, ${figure.better} is better, Node ${nodeMajor}`;
    const bars = sides.map((side) => ({
      name: side.name,
      spread: spreadOf(side.values[name] ?? []),
      isOurs: side.name.startsWith('ours'),
    }));
    return [{ file: `${result.id.toLowerCase()}-${name}-node${nodeMajor}.svg`, alt, svg: barPlot(alt, bars) }];
  });
}
