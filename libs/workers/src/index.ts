/** @module Makes several processes on one machine one server of Skreaver WS, without any engine. */
export { type Hub, startHub } from './hub/hub.js';
export type { HubOptions } from './hub/hub.options.js';
export { hubBackplane } from './node/hub-backplane-source.js';
export type { HubBackplaneOptions } from './node/hub-backplane.options.js';
export { runInWorkers } from './processes/run-in-workers.js';
export { workersMetrics } from './processes/worker/workers-metrics.js';
export { WorkerStartError } from './processes/worker-start-error.js';
export { workersBackplane } from './processes/workers-backplane.js';
export type { StartedWorkers, WorkersOptions } from './processes/workers.options.js';
