import cluster from 'node:cluster';
import { setTimeout } from 'node:timers';

/** Time for the rest of the shutdown after the deadline of the drain. */
const GRACE_MS = 1000;
const INTERRUPTED = 130;

/**
 * Bounds the shutdown: even if something hangs, the process exits `shutdownTimeout` + 1 s after the first SIGTERM or
 * SIGINT. A further SIGINT ends it at once, for people who press Ctrl+C twice. Not in a worker: its primary process asks
 * it to end by a signal of its own, beside that of the terminal, and kills it when it has to.
 */
export function exitInTime(shutdownTimeout: number): void {
  let stopping = false;
  const begin = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(0), shutdownTimeout + GRACE_MS).unref();
  };
  process.on('SIGTERM', begin);
  process.on('SIGINT', () => {
    if (stopping && cluster.isPrimary) process.exit(INTERRUPTED);
    begin();
  });
}
