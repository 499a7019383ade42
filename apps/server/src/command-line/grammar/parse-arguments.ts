import { parseArgs } from 'node:util';
import { usageError } from './exit-code.js';
import { parseDuration } from './parse-duration.js';
import type { CommandSpec, OptionSpec } from './spec.js';
import { type CommandName, commandNames, specs } from './specs.js';

/** Timers of Node take no more than 2^31 - 1 ms. */
const MOST_WAIT_MS = 24 * 86_400_000;

export interface Parsed {
  readonly name: CommandName;
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** The help of one command, or of those whose names begin with a word; all of them without one. */
export interface HelpWanted {
  readonly help: readonly CommandName[];
}

/**
 * Reads the arguments of a call.
 * @throws CommandError with the code for usage
 */
export function parseArguments(args: readonly string[]): Parsed | HelpWanted {
  const [first = '', second = ''] = args;
  if (first === 'help' && second !== '') return parseArguments([...args.slice(1), '--help']);
  const name = commandNames.find((one) => one === first || one === `${first} ${second}`);
  if (name === undefined) return withoutCommand(first, second);
  const rest = args.slice(name.split(' ').length);
  const end = rest.indexOf('--');
  if (rest.slice(0, end < 0 ? undefined : end).some((arg) => arg === '--help' || arg === '-h')) return { help: [name] };
  return parseCommand(name, specs[name], rest);
}

function withoutCommand(first: string, second: string): HelpWanted {
  const family = commandNames.filter((one) => one.startsWith(`${first} `));
  if (['-h', '--help', 'help'].includes(first)) return { help: commandNames };
  if (family.length > 0 && ['-h', '--help'].includes(second)) return { help: family };
  if (first === '') throw usageError('A command is missing.');
  const choices = (family.length > 0 ? family : commandNames).join(', ');
  const called = second.startsWith('-') ? first : `${first} ${second}`.trim();
  throw usageError(`${JSON.stringify(called)} is not a command; use one of: ${choices}.`);
}

function parseCommand(name: CommandName, spec: CommandSpec, args: readonly string[]): Parsed {
  const { values, positionals } = read(spec, args);
  const entries = Object.entries(spec.options).map(([option, own]) => [option, valueOf(option, own, values[option])]);
  checkPositionals(spec, positionals);
  return { name, positionals, values: Object.fromEntries(entries) as Parsed['values'] };
}

function read(spec: CommandSpec, args: readonly string[]) {
  const options = Object.entries(spec.options).map(([name, { kind, short, isRepeatable = false }]) => {
    const type: 'boolean' | 'string' = kind === 'flag' ? 'boolean' : 'string';
    return [name, { type, multiple: isRepeatable, ...(short !== undefined && { short }) }] as const;
  });
  try {
    return parseArgs({ args: [...args], options: Object.fromEntries(options), allowPositionals: true });
  } catch (error) {
    // "Unknown option '--x'. To specify a positional argument …": the rest is about something else, as a rule.
    const [sentence = ''] = (error as Error).message.split(/\. |\n/);
    const hint = /^Unknown option '-\d/.test(sentence) ? ' A number below 0 comes last, after --.' : '';
    throw usageError(`${sentence.replace(/\.$/, '')}.${hint}`);
  }
}

type Text = string | boolean | readonly (string | boolean)[] | undefined;

function valueOf(name: string, spec: OptionSpec, value: Text): unknown {
  if (spec.kind === 'flag') return value === true;
  if (spec.isRepeatable) return value ?? [];
  return typeof value === 'string' ? ofKind(name, spec, value) : undefined;
}

function ofKind(name: string, { kind, choices }: OptionSpec, text: string): string | number {
  if (choices && !choices.includes(text)) throw wrong(`--${name}`, text, `one of ${choices.join(', ')}`);
  if (kind === 'count') {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw wrong(`--${name}`, text, 'a whole number from 1');
  }
  if (kind !== 'wait' && kind !== 'lifetime') return text;
  const duration = parseDuration(text);
  if (duration === undefined) throw wrong(`--${name}`, text, 'a duration such as 250ms, 1.5s, 5m or 1h');
  if (kind === 'wait' && duration > MOST_WAIT_MS) throw wrong(`--${name}`, text, 'a duration of at most 24d');
  return duration;
}

function checkPositionals({ positionals: own }: CommandSpec, given: readonly string[]): void {
  const missing = own.find((one, at) => !one.isOptional && given[at] === undefined);
  if (missing) throw usageError(`<${missing.name}> is missing.`);
  const extra = own.at(-1)?.isRepeatable ? undefined : given[own.length];
  if (extra !== undefined) throw usageError(`${JSON.stringify(extra)} is too much.`);
  for (const [at, { name, choices }] of own.entries()) {
    const text = given[at];
    if (choices && text !== undefined && !choices.includes(text)) {
      throw wrong(`<${name}>`, text, `one of ${choices.join(', ')}`);
    }
  }
}

const wrong = (what: string, text: string, allowed: string) =>
  usageError(`${what} is ${JSON.stringify(text)}; allowed: ${allowed}.`);
