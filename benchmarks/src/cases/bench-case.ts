import type { Rig } from '../suite/rig.js';
import type { Contestant } from './contestant.js';

/** One figure of a case: what it is called in the table and in which unit. */
export interface Figure {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
}

/** `of` is held against `against`; without one, the figure itself has the limit. */
export interface Target {
  readonly figure: string;
  readonly of: string;
  readonly against?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** The major version of Node on which it counts; all when not said. */
  readonly node?: number;
}

/** What one round measured, by the names of the figures, and what should be known of it. */
export interface Sample {
  readonly figures: Readonly<Record<string, number>>;
  readonly remarks: readonly string[];
}

/** A contestant that is ready; each round measures it once. */
export interface Prepared {
  round(): Promise<Sample>;
}

export interface BenchCase {
  readonly id: string;
  readonly title: string;
  /** How it is done, for the reader of the table. */
  readonly how: string;
  readonly figures: readonly Figure[];
  /** The figures that are plotted, by name; the first is the figure of merit, which the column of ratios is about. */
  readonly plots: readonly string[];
  readonly contestants: readonly Contestant[];
  readonly targets: readonly Target[];
  /** A case with long rounds has at most so many. */
  readonly maxRounds?: number;
  /** Whether each round needs a process of its own, as memory does; else one process serves all rounds. */
  readonly freshProcess?: boolean;
  /** With which all servers of the case are started. */
  readonly nodeFlags?: readonly string[];
  prepare(rig: Rig, contestant: Contestant): Promise<Prepared>;
}
