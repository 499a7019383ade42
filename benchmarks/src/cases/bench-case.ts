import type { Rig } from '../suite/rig.js';
import type { Contestant } from './contestant.js';

/** Describes one figure of a case: its label in the table and its unit. */
export interface Figure {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
}

/** Limits the ratio `of` / `against`; without `against`, limits the figure of `of` itself. */
export interface Target {
  readonly figure: string;
  readonly of: string;
  readonly against?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Major version of Node that the target applies to; all versions by default. */
  readonly node?: number;
}

/** Values of one round by the names of the figures, and remarks on their validity. */
export interface Sample {
  readonly figures: Readonly<Record<string, number>>;
  readonly remarks: readonly string[];
}

/** Contestant that is connected and warmed up; each round measures it once. */
export interface Prepared {
  round(): Promise<Sample>;
}

export interface BenchCase {
  readonly id: string;
  readonly title: string;
  /** Method, printed above the table. */
  readonly how: string;
  readonly figures: readonly Figure[];
  /** Names of the plotted figures. The column of ratios compares the first of them. */
  readonly plots: readonly string[];
  readonly contestants: readonly Contestant[];
  readonly targets: readonly Target[];
  /** Upper bound for `--rounds`, for cases with long rounds. */
  readonly maxRounds?: number;
  /** True if each round starts a new server process, as memory cases do; otherwise one process serves all rounds. */
  readonly freshProcess?: boolean;
  /** Flags of Node for all servers of the case. */
  readonly nodeFlags?: readonly string[];
  prepare(rig: Rig, contestant: Contestant): Promise<Prepared>;
}
