import { AggregatorRegistry, Registry } from 'prom-client';
import type { FromWorker } from '../process-messages.js';
import type { WorkerProcess } from './worker-process.js';

/** A worker that is too busy to answer counts with what it said last. */
const WAIT_MS = 1000;

type Metrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The workers that can answer. */
interface Pool {
  readonly started: ReadonlySet<WorkerProcess>;
}

interface Round {
  readonly id: number;
  readonly waiting: Set<WorkerProcess>;
  end(): void;
}

/**
 * The metrics of all workers, and of the hub, as one page. Gauges are added up, or averaged where prom-client says so.
 * What workers that have ended counted stays in the sums, as far as it was read: a counter that fell would look like a
 * restart.
 */
export class PoolMetrics {
  private readonly latest = new Map<WorkerProcess, Metrics>();
  private ended: Promise<Metrics> = Promise.resolve([]);
  private round: Round | undefined;
  private page: Promise<string> | undefined;
  private rounds = 0;

  /** @param own metrics of the primary process itself, beside theirs */
  constructor(
    private readonly pool: Pool,
    private readonly own = new Registry(),
  ) {}

  receive(worker: WorkerProcess, message: FromWorker): void {
    if (message.skreaver === 'metrics-wanted') void this.answer(worker, message.id);
    else if (message.skreaver === 'metrics') this.answered(worker, message.id, message.metrics as Metrics);
  }

  /** Adds what an ended worker has counted to the sums. */
  forget(worker: WorkerProcess): void {
    const last = this.latest.get(worker);
    this.latest.delete(worker);
    if (last !== undefined) this.ended = this.ended.then((ended) => summed([ended, counted(last)]));
    this.arrived(worker);
  }

  private async answer(worker: WorkerProcess, id: number): Promise<void> {
    this.page ??= this.collect().finally(() => (this.page = undefined));
    worker.send({ skreaver: 'metrics-page', id, page: await this.page });
  }

  private async collect(): Promise<string> {
    await this.ask();
    const own = await this.own.getMetricsAsJSON();
    return AggregatorRegistry.aggregate([await this.ended, ...this.latest.values(), own]).metrics();
  }

  private ask(): Promise<void> {
    return new Promise((resolve) => {
      const id = (this.rounds += 1);
      const timer = setTimeout(resolve, WAIT_MS);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.round = { id, waiting: new Set(this.pool.started), end };
      for (const worker of this.round.waiting) worker.send({ skreaver: 'metrics-wanted', id });
      if (this.round.waiting.size === 0) end();
    });
  }

  private answered(worker: WorkerProcess, id: number, metrics: Metrics): void {
    this.latest.set(worker, metrics);
    if (this.round?.id === id) this.arrived(worker);
  }

  private arrived(worker: WorkerProcess): void {
    const { round } = this;
    if (round?.waiting.delete(worker) && round.waiting.size === 0) round.end();
  }
}

const summed = (metrics: Metrics[]): Promise<Metrics> => AggregatorRegistry.aggregate(metrics).getMetricsAsJSON();

/** What only grows: the gauges of a process that has ended mean nothing. */
const counted = (metrics: Metrics): Metrics =>
  metrics.filter(({ type }) => ['counter', 'histogram', 'summary'].includes(String(type)));
