import cluster from 'node:cluster';
import { clusterProcesses } from './primary/cluster-process.js';
import { OwnHub } from './primary/own-hub.js';
import { PrimaryServer } from './primary/primary-server.js';
import { HUB_VARIABLE, isWorker } from './worker/hub-path.js';
import { runWorker } from './worker/worker-server.js';
import { type ResolvedWorkersOptions, resolveWorkersOptions, type WorkersOptions } from './workers.options.js';

/**
 * Runs an application on all cores of a machine: calls `bootstrap` in each of several processes, which listen on the same
 * port. The process that was started becomes the primary process, which runs the hub, replaces workers that end, and
 * drains them at SIGTERM or SIGINT. With one worker, `bootstrap` is called in this process.
 *
 * Resolves when the server is up: in the primary process with all workers started, in a worker after `bootstrap`.
 * @throws WorkerStartError in the primary process, when a worker does not start; RangeError for a wrong option
 * @example
 * ```ts
 * import { Module } from '@nestjs/common';
 * import { NestFactory } from '@nestjs/core';
 * import { SkreaverWsModule } from '@skreaver/nestjs-ws';
 * import { runInWorkers, workersBackplane } from '@skreaver/workers';
 *
 * @Module({ imports: [SkreaverWsModule.forRoot({ backplane: workersBackplane() })] })
 * class AppModule {}
 *
 * async function bootstrap(): Promise<void> {
 *   const app = await NestFactory.create(AppModule, { abortOnError: false });
 *   app.enableShutdownHooks();
 *   await app.listen(3000);
 * }
 *
 * await runInWorkers(bootstrap, { workers: 'auto' });
 * ```
 */
export async function runInWorkers(bootstrap: () => Promise<unknown>, options: WorkersOptions = {}): Promise<void> {
  const resolved = resolveWorkersOptions(options);
  const { worker } = cluster;
  if (worker !== undefined && isWorker()) await runWorker(worker, bootstrap, resolved.shutdownTimeout);
  else if (resolved.workers === 1) await bootstrap();
  else await runPrimary(resolved);
}

async function runPrimary(options: ResolvedWorkersOptions): Promise<void> {
  const hub = options.hub ? await OwnHub.start(options.memory) : undefined;
  const startProcess = clusterProcesses({ [HUB_VARIABLE]: hub?.path ?? '' });
  const server = new PrimaryServer(options, startProcess, process, hub);
  try {
    await server.start();
  } catch (error) {
    await hub?.close();
    throw error;
  }
  void server.ended.then(async (exitCode) => {
    await hub?.close();
    process.exit(exitCode);
  });
}
