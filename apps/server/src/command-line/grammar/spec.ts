/** What the text of an option becomes. A `wait` and a `lifetime` are milliseconds, a `count` a whole number from 1. */
interface Kinds {
  flag: boolean;
  text: string;
  file: string;
  count: number;
  /** At most what a timer can wait. */
  wait: number;
  lifetime: number;
}

export interface OptionSpec {
  readonly kind: keyof Kinds;
  readonly about: string;
  readonly short?: string;
  /** Stands for the value in the help, such as `url`. */
  readonly value?: string;
  readonly isRepeatable?: true;
  readonly choices?: readonly string[];
  /** Is listed apart from the options of the command itself. */
  readonly isOfConnection?: true;
}

export interface PositionalSpec {
  readonly name: string;
  readonly about: string;
  readonly isOptional?: true;
  /** Takes all that follow. */
  readonly isRepeatable?: true;
  readonly choices?: readonly string[];
}

export interface CommandSpec {
  /** One sentence, which begins with a verb. */
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Without the name of the program. */
  readonly examples?: readonly string[];
}

type ValueOf<O extends OptionSpec> = O['isRepeatable'] extends true
  ? readonly Kinds[O['kind']][]
  : O['kind'] extends 'flag'
    ? boolean
    : Kinds[O['kind']] | undefined;

/** The options as a command gets them: a flag that is not given is false, a repeatable one an empty list. */
export type ValuesOf<S extends CommandSpec> = {
  readonly [Name in keyof S['options']]: S['options'][Name] extends OptionSpec ? ValueOf<S['options'][Name]> : never;
};
