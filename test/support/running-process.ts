import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

const WAIT_MS = 20_000;

/** Another process of the test, with all it has printed. Ended, by its own id, when the test ends. */
export class RunningProcess {
  /** What came on stdout and on stderr. */
  printed = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ) {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    child.stderr.on('data', (chunk: Buffer) => this.take(chunk));
    child.on('error', (error) => this.take(error.message));
    this.ended = once(child, 'close').catch(() => undefined);
    void this.ended.then(() => this.wake());
    onTestFinished(async () => {
      await this.end();
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
  }

  /** Resolves with the first match in what is printed; rejects when the process ends, or too long passes, without one. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const match = pattern.exec(this.printed);
      if (match) return match;
      const left = until - performance.now();
      if (!this.isRunning || left <= 0) {
        throw new Error(`${this.command} did not print ${pattern}; it printed:\n${this.printed}`);
      }
      await this.more(left);
    }
  }

  /** Asks the process to end, and resolves with its exit code, null for a signal. */
  async end(): Promise<number | null> {
    if (this.isRunning) this.child.kill('SIGTERM');
    const force = setTimeout(() => this.child.kill('SIGKILL'), WAIT_MS);
    await this.ended;
    clearTimeout(force);
    return this.child.exitCode;
  }

  private take(chunk: Buffer | string): void {
    this.printed += chunk.toString();
    this.wake();
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const each of waiting) each();
  }

  private more(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
