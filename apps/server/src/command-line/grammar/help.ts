import type { CommandSpec, OptionSpec, PositionalSpec } from './spec.js';
import { type CommandName, PROGRAM, commandNames, specs } from './specs.js';

/** The help of the program, or of some of its commands. */
export function helpOf(names: readonly CommandName[]): string {
  return names === commandNames ? overview() : names.map((name) => commandHelp(name, specs[name])).join('\n');
}

/** The first line of a command's help: how it is called. */
export function usageOf(name: CommandName): string {
  const spec: CommandSpec = specs[name];
  return ['Usage:', PROGRAM, name, ...spec.positionals.map(positional), '[options]'].join(' ');
}

function overview(): string {
  const rows = commandNames.map((name): [string, string] => [name, specs[name].summary]);
  return [
    `Usage: ${PROGRAM} <command> [options]`,
    '',
    'The server of Skreaver WS, and its clients for the shell.',
    '',
    'Commands:',
    ...table(rows),
    '',
    `"${PROGRAM} <command> --help" shows the options of a command; --version, the version.`,
    '',
  ].join('\n');
}

function commandHelp(name: CommandName, spec: CommandSpec): string {
  const { summary, positionals, options, examples = [] } = spec;
  const all = Object.entries(options);
  return [
    usageOf(name),
    '',
    summary,
    ...section(
      'Arguments',
      positionals.map((one) => [positional(one), withChoices(one)]),
    ),
    ...section('Options', all.filter(([, one]) => !one.isOfConnection).map(optionRow)),
    ...section('Connection', all.filter(([, one]) => one.isOfConnection).map(optionRow)),
    ...(examples.length > 0 ? ['', 'Examples:', ...examples.map((example) => `  ${PROGRAM} ${example}`)] : []),
    '',
  ].join('\n');
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  return rows.length === 0 ? [] : ['', `${title}:`, ...table(rows)];
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function positional({ name, isOptional, isRepeatable }: PositionalSpec): string {
  const shown = isRepeatable ? `${name}...` : name;
  return isOptional ? `[${shown}]` : `<${shown}>`;
}

function optionRow([name, option]: readonly [string, OptionSpec]): [string, string] {
  const { short, value } = option;
  const left = `${short === undefined ? '   ' : `-${short},`} --${name}${value === undefined ? '' : ` <${value}>`}`;
  return [left, withChoices(option)];
}

const withChoices = ({ about, choices }: { readonly about: string; readonly choices?: readonly string[] }): string =>
  choices ? `${about}: ${choices.join(', ')}` : about;
