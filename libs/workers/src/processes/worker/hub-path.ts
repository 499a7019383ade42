import cluster from 'node:cluster';

/** Set by the primary process for its workers: the socket of its hub, or nothing when they share none. */
export const HUB_VARIABLE = 'SKREAVER_WORKER_HUB';

/** A process that a worker starts inherits the variable, and is none. */
const variable = (): string | undefined => (cluster.isWorker ? process.env[HUB_VARIABLE] : undefined);

/** Whether `runInWorkers` started this process. */
export const isWorker = (): boolean => variable() !== undefined;

/** The socket of the hub of this worker. Undefined without a hub, and in any other process. */
export const hubPath = (): string | undefined => variable() || undefined;
