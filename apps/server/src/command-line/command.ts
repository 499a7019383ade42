import type { CommandName, Values } from './grammar/specs.js';
import type { Output } from './output.js';

/** What a command is called with. */
export interface Call<Name extends CommandName> {
  readonly values: Values<Name>;
  readonly positionals: readonly string[];
  readonly output: Output;
  /** Aborts with the error to end with, when the process is asked to end. */
  readonly signal: AbortSignal;
}

/** Runs a command. Resolves when it has done its work; rejects with what it ends with otherwise. */
export type Run<Name extends CommandName> = (call: Call<Name>) => Promise<void>;
