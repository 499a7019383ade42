import type { LoggerService } from '@nestjs/common';
import type { FromWorker } from '../process-messages.js';
import { WorkerStartError } from '../worker-start-error.js';
import { RestartBackoff } from './restart-backoff.js';
import type { StartProcess, WorkerProcess } from './worker-process.js';

/** Replacements that failed to start one after another, from which on the server ends. */
const MOST_FAILED_STARTS = 8;

/** What becomes of a pool. */
export interface PoolEvents {
  /** No worker can be started any more. */
  onHopeless(error: WorkerStartError): void;
  /** All workers have ended after `drain`. */
  onEmpty(): void;
  onMessage(worker: WorkerProcess, message: FromWorker): void;
  onExit(worker: WorkerProcess): void;
}

/**
 * Keeps a number of workers running. The first one is started alone: what is wrong with the settings is then said once,
 * and ends the server at once. Later, a worker that ends is replaced, with a backoff when workers die young.
 */
export class WorkerPool {
  private readonly running = new Set<WorkerProcess>();
  private readonly up = new Set<WorkerProcess>();
  private readonly backoff = new RestartBackoff();
  private readonly pending = new Set<NodeJS.Timeout>();
  private failedStarts = 0;
  private draining = false;
  private firstPort: number | undefined;

  constructor(
    private readonly size: number,
    private readonly startProcess: StartProcess,
    private readonly logger: Pick<LoggerService, 'log' | 'warn' | 'error'>,
    private readonly events: PoolEvents,
  ) {}

  /** The workers that have started and not ended. */
  get started(): ReadonlySet<WorkerProcess> {
    return this.up;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  /** The first port on which a worker listened. */
  get port(): number | undefined {
    return this.firstPort;
  }

  /**
   * Resolves when all workers have started, or one of them was told to end before.
   * @throws WorkerStartError when one ends instead
   */
  async start(): Promise<void> {
    await this.launchFirst();
    const others = Array.from({ length: this.draining ? 0 : this.size - 1 }, () => this.launchFirst());
    await Promise.all(others);
  }

  /** Lets all workers end by their own shutdown, and starts no more. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    for (const timer of this.pending) clearTimeout(timer);
    this.signal('SIGTERM');
    if (this.running.size === 0) this.events.onEmpty();
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  private signal(name: NodeJS.Signals): void {
    for (const worker of this.running) worker.signal(name);
  }

  private launchFirst(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.launch(resolve, (error) => (this.draining ? resolve() : reject(error)));
    });
  }

  /** @param onFailed called instead of `onStarted` when the worker ends before it has started */
  private launch(onStarted: () => void, onFailed: (error: WorkerStartError) => void): void {
    const began = performance.now();
    let hasStarted = false;
    let failure: WorkerStartError | undefined;
    const worker = this.startProcess({
      onListening: (port) => (this.firstPort ??= port),
      onMessage: (message) => {
        if (message.skreaver === 'started') {
          hasStarted = true;
          this.failedStarts = 0;
          this.up.add(worker);
          this.logger.log({ worker: worker.pid, msg: 'worker started' });
          onStarted();
        } else if (message.skreaver === 'failed') failure = WorkerStartError.from(message.error);
        else this.events.onMessage(worker, message);
      },
      onExit: (how) => {
        this.running.delete(worker);
        this.up.delete(worker);
        this.events.onExit(worker);
        if (!hasStarted) onFailed(failure ?? new WorkerStartError(`A worker ended before it had started (${how}).`));
        else if (!this.draining) this.replace(worker, how, performance.now() - began);
        if (this.draining && this.running.size === 0) this.events.onEmpty();
      },
    });
    this.running.add(worker);
  }

  private replace(worker: WorkerProcess, how: string, livedMs: number): void {
    const delay = this.backoff.after(livedMs);
    this.logger.warn({ worker: worker.pid, how, retry_ms: delay, msg: 'worker ended; another one takes its place' });
    this.launchIn(delay);
  }

  private launchIn(delay: number): void {
    const timer = setTimeout(() => {
      this.pending.delete(timer);
      this.launch(
        () => {},
        (error) => this.replacementFailed(error),
      );
    }, delay);
    this.pending.add(timer);
  }

  private replacementFailed(error: WorkerStartError): void {
    if (this.draining) return;
    this.failedStarts += 1;
    if (this.failedStarts === MOST_FAILED_STARTS) return this.events.onHopeless(error);
    const delay = this.backoff.after(0);
    this.logger.error({ error: error.message, retry_ms: delay, msg: 'worker failed to start; another one is tried' });
    this.launchIn(delay);
  }
}
