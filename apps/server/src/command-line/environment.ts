import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { CommandError, ExitCode } from './grammar/exit-code.js';

/** The settings of the server: the environment, and those of a file that the environment does not have. */
export function environmentOf(file: string | undefined): NodeJS.ProcessEnv {
  if (file === undefined) return process.env;
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...process.env };
  } catch (error) {
    throw new CommandError(ExitCode.Failed, `--settings cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
