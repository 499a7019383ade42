import { Logger, type LoggerService } from '@nestjs/common';
import { workerCount } from './worker-count.js';

/** How the processes of a server are started and ended. */
export interface WorkersOptions {
  /** `auto` (default): one for each core. With 1 the server runs in this process, without others. */
  readonly workers?: 'auto' | number | undefined;
  /** False when an engine connects the workers, such as Redis. Default: true, they share a hub in the primary process. */
  readonly hub?: boolean | undefined;
  /** Bytes of history that the hub keeps, as the module's option of this name does in one process. Default: its default. */
  readonly historyMaxBytes?: number | undefined;
  /** Idempotency keys that the hub keeps, as the module's option of this name. Default: its default. */
  readonly idempotencyMaxKeys?: number | undefined;
  /**
   * Milliseconds from the first signal until workers that are left are killed; above the module's `shutdownTimeout`.
   * Default: 15 s.
   */
  readonly shutdownTimeout?: number | undefined;
  /** Where the primary process logs that workers start and end. Default: Nest's logger. */
  readonly logger?: Pick<LoggerService, 'log' | 'warn' | 'error'> | undefined;
  /** Called in the primary process once all workers have started, with the first port on which they listen. */
  readonly onStarted?: ((server: StartedWorkers) => void) | undefined;
}

/** A server whose workers have all started. */
export interface StartedWorkers {
  readonly workers: number;
  /** Undefined when they do not listen. */
  readonly port: number | undefined;
}

const SHUTDOWN_TIMEOUT_MS = 15_000;

/** @throws RangeError with a sentence for an operator */
export function resolveWorkersOptions({
  workers = 'auto',
  hub = true,
  shutdownTimeout = SHUTDOWN_TIMEOUT_MS,
  logger = new Logger('SkreaverWs'),
  onStarted = () => {},
  historyMaxBytes,
  idempotencyMaxKeys,
}: WorkersOptions) {
  const memory = {
    ...(historyMaxBytes !== undefined && { historyMaxBytes }),
    ...(idempotencyMaxKeys !== undefined && { idempotencyMaxKeys }),
  };
  return { workers: workerCount(workers), hub, shutdownTimeout, logger, onStarted, memory };
}

export type ResolvedWorkersOptions = ReturnType<typeof resolveWorkersOptions>;
