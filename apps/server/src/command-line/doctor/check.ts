import type { ExitCode } from '../grammar/exit-code.js';

/** What one step of the way to the server came to. */
export interface Outcome {
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

export interface Finding extends Outcome {
  readonly check: string;
  readonly ms: number;
}

/** A step that failed: what comes after it cannot be checked. */
export class StepFailed extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}
