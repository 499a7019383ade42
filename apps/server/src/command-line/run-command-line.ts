import { createRequire } from 'node:module';
import type { Run } from './command.js';
import { commands } from './commands.js';
import { CommandError, ExitCode } from './grammar/exit-code.js';
import { helpOf, usageOf } from './grammar/help.js';
import { type Parsed, parseArguments } from './grammar/parse-arguments.js';
import { type CommandName, PROGRAM, commandNames } from './grammar/specs.js';
import { interruption } from './interruption.js';
import { createOutput, endWithReader } from './output.js';

/** Runs one call of the program. @returns the code to exit with */
export async function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  endWithReader();
  let parsed: Parsed | undefined;
  try {
    if (args[0] === '--version') return print(`${version()}\n`);
    const asked = parseArguments(args);
    if ('help' in asked) return print(helpOf(asked.help));
    parsed = asked;
    await runCommand(parsed);
    return ExitCode.Ok;
  } catch (error) {
    return failed(await asCommandError(error), args, parsed);
  }
}

async function runCommand({ name, values, positionals }: Parsed): Promise<void> {
  // Which command it is has been decided by its name: its values are those that it takes.
  const { run } = (await commands[name]()) as { readonly run: Run<CommandName> };
  const signal = name === 'serve' ? new AbortController().signal : interruption();
  const output = createOutput(values);
  try {
    await run({ values, positionals, output, signal });
  } catch (error) {
    // What failed because of the interruption is no failure.
    signal.throwIfAborted();
    throw error;
  }
}

function print(text: string): ExitCode {
  process.stdout.write(text);
  return ExitCode.Ok;
}

function version(): string {
  const manifest = createRequire(import.meta.url)('../../package.json') as { readonly version: string };
  return manifest.version;
}

async function asCommandError(error: unknown): Promise<CommandError> {
  if (error instanceof CommandError) return error;
  const { commandErrorOf } = await import('./connection/command-error-of.js');
  return commandErrorOf(error);
}

function failed(error: CommandError, args: readonly string[], parsed: Parsed | undefined): ExitCode {
  const { exitCode, message } = error;
  if (message !== '') process.stderr.write(`${PROGRAM}: ${message}\n`);
  if (exitCode === ExitCode.Usage) process.stderr.write(usageHint(args, parsed));
  return exitCode;
}

function usageHint([first = '', second = '']: readonly string[], parsed: Parsed | undefined): string {
  const name = parsed?.name ?? commandNames.find((one) => one === first || one === `${first} ${second}`);
  return name === undefined
    ? `"${PROGRAM} --help" lists the commands.\n`
    : `${usageOf(name)}\n"${PROGRAM} ${name} --help" says more.\n`;
}
