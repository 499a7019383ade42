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

interface Command<Name extends CommandName> {
  readonly run: Run<Name>;
}

/** Each command is loaded when it is called: those of a client start without Nest. */
export const commands: { readonly [Name in CommandName]: () => Promise<Command<Name>> } = {
  serve: () => import('./commands/serve.js'),
  sub: () => import('./commands/sub.js'),
  pub: () => import('./commands/pub.js'),
  req: () => import('./commands/req.js'),
  'token create': () => import('./commands/token-create.js'),
  'token check': () => import('./commands/token-check.js'),
  'check-config': () => import('./commands/check-config.js'),
  doctor: () => import('./commands/doctor.js'),
};
