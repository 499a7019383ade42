import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

export const CLI = fileURLToPath(new URL('../../apps/server/dist/cli.js', import.meta.url));

/** A call of `skreaver-ws`, as a shell makes it: the built program, its own environment, pipes. */
export class CliProcess {
  stdout = '';
  stderr = '';
  readonly child: ChildProcessWithoutNullStreams;
  private readonly closed: Promise<unknown>;

  /** @param env besides `PATH`, all that it has */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { PATH = '' } = process.env;
    this.child = spawn(process.execPath, [CLI, ...args], { env: { PATH, ...env } });
    this.child.stdout.on('data', (chunk) => (this.stdout += String(chunk)));
    this.child.stderr.on('data', (chunk) => (this.stderr += String(chunk)));
    // A program that has ended does not read what is written to it.
    this.child.stdin.on('error', () => {});
    this.closed = once(this.child, 'close');
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  /** Its exit code, or the signal that ended it. */
  get exited(): Promise<number | NodeJS.Signals> {
    return this.closed.then(() => this.child.exitCode ?? (this.child.signalCode as NodeJS.Signals));
  }

  async says(text: string): Promise<void> {
    await vi.waitUntil(
      () => {
        if (this.stderr.includes(text)) return true;
        if (this.child.exitCode !== null) throw new Error(`It ended with ${this.child.exitCode}: ${this.stderr}`);
        return false;
      },
      { timeout: 20_000, interval: 10 },
    );
  }

  /** The lines of stdout, each as the JSON that it is. */
  get lines(): unknown[] {
    return this.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}

interface Outcome {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** Makes a call, gives it all of stdin, and waits for its end. */
export async function call(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin = '',
): Promise<Outcome> {
  const cli = new CliProcess(args, env);
  cli.child.stdin.end(stdin);
  const code = await cli.exited;
  return { code, stdout: cli.stdout, stderr: cli.stderr };
}
