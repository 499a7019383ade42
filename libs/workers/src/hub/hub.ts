import { MemoryBackplane } from '@skreaver/nestjs-ws';
import { registerHubMetrics } from './hub-metrics.js';
import { HubServer } from './hub-server.js';
import { type HubOptions, resolveHubOptions } from './hub.options.js';

/** A running hub. */
export interface Hub {
  /** Ends all connections, and forgets everything. */
  close(): Promise<void>;
}

/**
 * Starts the hub of this machine, in a process of its own that serves no clients. Workers reach it by {@link hubBackplane}.
 * @throws Error with a sentence for an operator, if it cannot listen there
 * @example
 * ```ts
 * import { startHub } from '@skreaver/workers';
 *
 * const hub = await startHub({ path: '/run/my-server/hub.sock' });
 * process.once('SIGTERM', () => void hub.close());
 * ```
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  return startHubServer(options);
}

/** The same, for whoever has more to tell it. */
export async function startHubServer(options: HubOptions): Promise<HubServer> {
  const { path, historyMaxBytes, idempotencyMaxKeys, maxBufferedBytes, registry } = resolveHubOptions(options);
  const memory = new MemoryBackplane(historyMaxBytes, undefined, { maxKeys: idempotencyMaxKeys });
  const hub = new HubServer(memory, maxBufferedBytes);
  if (registry !== undefined) registerHubMetrics(registry, () => hub.figures);
  await hub.listen(path);
  return hub;
}
