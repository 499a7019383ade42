import type { Figure, Target } from '../cases/bench-case.js';

/** Values of one contestant over all rounds. */
export interface ContestantResult {
  readonly name: string;
  /** One value per round, by figure. */
  readonly values: Readonly<Record<string, readonly number[]>>;
  readonly remarks: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly changed: readonly string[];
}

/** Contestant that was left out, with the reason. */
export interface Absence {
  readonly name: string;
  readonly reason: string;
  /** True if the contestant failed; false if it cannot run on this machine. */
  readonly isFault: boolean;
}

/** Result of one case. */
export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly how: string;
  readonly figures: readonly Figure[];
  readonly plots: readonly string[];
  readonly targets: readonly Target[];
  readonly contestants: readonly ContestantResult[];
  readonly absent: readonly Absence[];
}
