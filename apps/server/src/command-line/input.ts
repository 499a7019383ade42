import { createInterface } from 'node:readline';
import { CommandError, ExitCode } from './grammar/exit-code.js';

/** @throws CommandError with the code for usage, or another one where it is not the call that is wrong */
export function parseJson(text: string, what: string, exitCode: ExitCode = ExitCode.Usage): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(exitCode, `${what} must be JSON: ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`);
  }
}

/** The lines of stdin that are not blank, as they come. Ends early when the signal aborts. */
export async function* linesOfStdin(signal: AbortSignal): AsyncGenerator<string> {
  for await (const line of createInterface({ input: process.stdin, signal, crlfDelay: Infinity })) {
    if (line.trim() !== '') yield line;
  }
  signal.throwIfAborted();
}

/** All of stdin, without the line feed at its end. */
export async function textOfStdin(signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  const stop = (): void => void process.stdin.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop);
  try {
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '');
}
