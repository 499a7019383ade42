import type { BackplaneSource } from '@skreaver/nestjs-ws';
import { hubBackplane } from '../node/hub-backplane-source.js';
import { hubPath, isWorker } from './worker/hub-path.js';

/**
 * The option `backplane` of `SkreaverWsModule` for an application that `runInWorkers` runs: the hub that its workers share.
 * Undefined outside of a worker, where the application is the whole server.
 * @throws Error in a worker that was started with `hub: false`
 * @example
 * ```ts
 * import { SkreaverWsModule } from '@skreaver/nestjs-ws';
 * import { workersBackplane } from '@skreaver/workers';
 *
 * SkreaverWsModule.forRoot({ backplane: workersBackplane() });
 * ```
 */
export function workersBackplane(): BackplaneSource | undefined {
  const path = hubPath();
  if (path !== undefined) return hubBackplane({ path });
  if (isWorker()) throw new Error('These workers share no hub (hub: false); give the module another backplane.');
  return undefined;
}
