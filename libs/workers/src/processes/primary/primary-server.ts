import type { Registry } from 'prom-client';
import type { ResolvedWorkersOptions } from '../workers.options.js';
import { PoolMetrics } from './pool-metrics.js';
import { ShutdownSignals, type Signals } from './shutdown-signals.js';
import { WorkerPool } from './worker-pool.js';
import type { StartProcess } from './worker-process.js';

/** The hub that the primary process runs. */
interface RunningHub {
  readonly registry: Registry;
  workerEnded(pid: number): void;
}

/**
 * The primary process of a server: starts its workers, replaces those that end, and ends with them. A signal drains all
 * workers; what is left at the deadline, or at a further signal, is killed.
 */
export class PrimaryServer {
  private readonly pool: WorkerPool;
  private readonly metrics: PoolMetrics;
  private readonly shutdownSignals: ShutdownSignals;
  private exitCode = 0;
  private setEnded!: (exitCode: number) => void;
  /** Resolves with the exit code of this process once the last worker has ended. */
  readonly ended = new Promise<number>((resolve) => (this.setEnded = resolve));

  constructor(
    private readonly options: ResolvedWorkersOptions,
    startProcess: StartProcess,
    signals: Signals,
    hub?: RunningHub,
  ) {
    const { workers, logger } = options;
    this.pool = new WorkerPool(workers, startProcess, logger, {
      onHopeless: (error) => {
        logger.error({ error: error.message, msg: 'workers fail to start one after another; the server ends' });
        this.stop(1);
      },
      onEmpty: () => this.setEnded(this.exitCode),
      onMessage: (worker, message) => this.metrics.receive(worker, message),
      onExit: (worker) => {
        this.metrics.forget(worker);
        hub?.workerEnded(worker.pid);
      },
    });
    this.metrics = new PoolMetrics(this.pool, hub?.registry);
    this.shutdownSignals = new ShutdownSignals(
      signals,
      () => this.stop(0),
      (exitCode) => this.killAll(exitCode),
    );
  }

  /**
   * Resolves when all workers have started, or a signal came before.
   * @throws WorkerStartError when one does not start; no worker is left then
   */
  async start(): Promise<void> {
    try {
      await this.pool.start();
    } catch (error) {
      this.shutdownSignals.stop();
      this.stop(1);
      await this.ended;
      throw error;
    }
    const { port, isDraining } = this.pool;
    if (!isDraining) this.options.onStarted({ workers: this.options.workers, port });
  }

  private stop(exitCode: number): void {
    this.exitCode = exitCode;
    setTimeout(() => this.pool.kill(), this.options.shutdownTimeout).unref();
    this.pool.drain();
  }

  private killAll(exitCode: number): void {
    this.exitCode = exitCode;
    this.pool.kill();
  }
}
