import { readFile } from 'node:fs/promises';
import { CommandError, ExitCode } from '../grammar/exit-code.js';
import type { Output } from '../output.js';

export interface TokenValues {
  readonly 'token-file': string | undefined;
  readonly token: string | undefined;
}

/** Where the token comes from: a file, which is read for each token, or a text; undefined for none. */
export function tokenSource(
  { 'token-file': file, token }: TokenValues,
  output: Output,
): (() => Promise<string>) | string | undefined {
  if (file !== undefined) return () => readToken(file);
  if (token === undefined) return process.env['SKREAVER_TOKEN'] || undefined;
  output.talk('warning: other users of this machine see --token in the list of processes; use --token-file.');
  return token;
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new CommandError(ExitCode.Failed, `The token cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
