import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface ShellOutcome {
  /** Its exit code; null for a signal. */
  readonly code: number | null;
  readonly stdout: string;
}

/**
 * Runs a command of the shell: a value on its stdin, its stderr on ours.
 * @param signal ends it by SIGTERM
 */
export async function runShellCommand(
  command: string,
  input: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ShellOutcome> {
  signal.throwIfAborted();
  const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const stop = (): void => {
    child.kill('SIGTERM');
    // What it has started may hold its stdout for longer.
    child.stdout.destroy();
  };
  signal.addEventListener('abort', stop);
  // A command need not read what it is given.
  child.stdin.on('error', () => {});
  child.stdin.end(`${input}\n`);
  try {
    const closed = new Promise<number | null>((resolve, reject) => {
      child.on('close', resolve);
      child.on('error', reject);
    });
    // Without the catch it would end before the command does, where it is stopped.
    const [code, stdout] = await Promise.all([closed, text(child.stdout).catch(() => '')]);
    return { code, stdout };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
