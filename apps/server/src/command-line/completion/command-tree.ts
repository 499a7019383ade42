import type { CommandSpec, OptionSpec } from '../grammar/spec.js';
import { PROGRAM, commandNames, specs } from '../grammar/specs.js';

export interface TreeOption {
  /** As they are typed: `-c`, `--connect`. */
  readonly names: readonly string[];
  readonly kind: OptionSpec['kind'];
  readonly about: string;
  readonly value: string;
  readonly choices: readonly string[];
  readonly isRepeatable: boolean;
}

export interface TreeCommand {
  /** Its words: one, or two of a family. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly options: readonly TreeOption[];
  readonly positionalChoices: readonly string[];
  readonly takesPositionals: boolean;
}

/** What shells complete. */
export interface CommandTree {
  readonly program: string;
  readonly commands: readonly TreeCommand[];
  /** Commands of two words by the first. */
  readonly families: readonly { readonly name: string; readonly commands: readonly TreeCommand[] }[];
}

export function commandTree(): CommandTree {
  const commands = commandNames.map((name) => commandOf(name, specs[name]));
  const pairs = commands.filter(({ path }) => path.length > 1);
  const families = [...new Set(pairs.map(({ path }) => path[0] as string))].map((name) => ({
    name,
    commands: pairs.filter(({ path }) => path[0] === name),
  }));
  return { program: PROGRAM, commands, families };
}

function commandOf(name: string, { summary, options, positionals }: CommandSpec): TreeCommand {
  return {
    path: name.split(' '),
    summary,
    options: Object.entries(options).map(optionOf),
    takesPositionals: positionals.length > 0,
    positionalChoices: positionals.flatMap(({ choices = [] }) => choices),
  };
}

function optionOf([name, option]: [string, OptionSpec]): TreeOption {
  const { short, kind, about, value = '', choices = [], isRepeatable = false } = option;
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
  return { names, kind, about, value, choices, isRepeatable };
}

/** A name that shells take for that of a function. */
export const words = (program: string): string => program.replaceAll('-', '_');
