import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

const WAIT_MS = 20_000;

/** Where a process runs. */
interface Place {
  readonly cwd?: string;
  /** Signals reach the processes that it starts too, so that none is left running. */
  readonly ownGroup?: boolean;
  /** How long `prints` waits. Default: 20 s. */
  readonly patienceMs?: number;
}

/** Another process of the test, with all it has printed. Ended, by its own id, when the test ends, or by `atEnd`. */
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
    atEnd: (end: () => Promise<void>) => void = onTestFinished,
    private readonly place: Place = {},
  ) {
    const { cwd, ownGroup = false } = place;
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.child = child;
    child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    child.stderr.on('data', (chunk: Buffer) => this.take(chunk));
    child.on('error', (error) => this.take(error.message));
    this.ended = once(child, 'close').catch(() => undefined);
    void this.ended.then(() => this.wakeWaiting());
    atEnd(async () => {
      await this.end();
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Its exit code, null for a signal, once it has ended. */
  get exited(): Promise<number | null> {
    return this.ended.then(() => this.child.exitCode);
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
  }

  /** Resolves with the first match in what is printed; rejects when the process ends, or too long passes, without one. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    const until = performance.now() + (this.place.patienceMs ?? WAIT_MS);
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

  /** Stops the process, and lets it go on: as the sleep of a computer does. */
  sleep(): void {
    this.signal('SIGSTOP');
  }

  wake(): void {
    this.signal('SIGCONT');
  }

  /** Asks the process to end, and resolves with its exit code, null for a signal. */
  async end(): Promise<number | null> {
    if (this.isRunning) this.signal('SIGTERM');
    const force = setTimeout(() => this.signal('SIGKILL'), WAIT_MS);
    await this.ended;
    clearTimeout(force);
    return this.child.exitCode;
  }

  signal(name: NodeJS.Signals): void {
    const { pid } = this.child;
    if (this.place.ownGroup === true && pid !== undefined) process.kill(-pid, name);
    else this.child.kill(name);
  }

  private take(chunk: Buffer | string): void {
    this.printed += chunk.toString();
    this.wakeWaiting();
  }

  private wakeWaiting(): void {
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
