import type { Figure, Target } from '../cases/bench-case.js';

/** Everything that was measured of one side of a case. */
export interface ContestantResult {
  readonly name: string;
  /** By figure: one value per round. */
  readonly values: Readonly<Record<string, readonly number[]>>;
  readonly remarks: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly changed: readonly string[];
}

/** A side that was left out, and why. */
export interface Absence {
  readonly name: string;
  readonly reason: string;
  /** Whether it broke; else it merely cannot run here. */
  readonly isFault: boolean;
}

/** What a case's run came to. */
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
