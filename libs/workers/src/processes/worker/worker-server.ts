import type { Worker } from 'node:cluster';
import { register } from 'prom-client';
import { type FromWorker, toWorker } from '../process-messages.js';
import { toldError } from '../worker-start-error.js';
import { endWithPrimary } from './end-with-primary.js';

/**
 * Runs the application in a worker and tells the primary process how that goes. An error of `bootstrap` is reported there
 * alone, and ends this process.
 */
export async function runWorker(
  worker: Worker,
  bootstrap: () => Promise<unknown>,
  shutdownTimeout: number,
): Promise<void> {
  endWithPrimary(worker, shutdownTimeout);
  worker.on('message', (message: unknown) => void tellMetrics(worker, message));
  try {
    await bootstrap();
  } catch (error) {
    await send(worker, { skreaver: 'failed', error: toldError(error) });
    process.exit(1);
  }
  await send(worker, { skreaver: 'started' });
}

async function tellMetrics(worker: Worker, message: unknown): Promise<void> {
  const wanted = toWorker(message);
  if (wanted?.skreaver !== 'metrics-wanted') return;
  await send(worker, { skreaver: 'metrics', id: wanted.id, metrics: await register.getMetricsAsJSON() });
}

/** Resolves when the message is on its way, or cannot be sent as the primary process has ended. */
function send(worker: Worker, message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (!worker.isConnected()) return resolve();
    worker.send(message, undefined, () => resolve());
  });
}
