import type { FromWorker, ToWorker } from '../process-messages.js';

/** A process that serves clients, as the primary process sees it. */
export interface WorkerProcess {
  readonly pid: number;
  send(message: ToWorker): void;
  signal(name: NodeJS.Signals): void;
}

/** What is called when a worker does something. Nothing is called after `onExit`. */
interface WorkerEvents {
  readonly onMessage: (message: FromWorker) => void;
  readonly onListening: (port: number) => void;
  /** @param how such as `exit code 1` or `SIGKILL` */
  readonly onExit: (how: string) => void;
}

export type StartProcess = (events: WorkerEvents) => WorkerProcess;
