import type { ToWorker } from '../../libs/workers/src/processes/process-messages.js';
import type { StartProcess, WorkerProcess } from '../../libs/workers/src/processes/primary/worker-process.js';

/** A process that does what a spec says. */
export class FakeProcess implements WorkerProcess {
  readonly signals: string[] = [];
  readonly received: ToWorker[] = [];

  constructor(
    readonly pid: number,
    readonly events: Parameters<StartProcess>[0],
  ) {}

  send(message: ToWorker): void {
    this.received.push(message);
  }

  signal(name: NodeJS.Signals): void {
    this.signals.push(name);
    if (name === 'SIGKILL') queueMicrotask(() => this.events.onExit('SIGKILL'));
  }

  starts(): void {
    this.events.onMessage({ skreaver: 'started' });
  }

  fails(message: string): void {
    this.events.onMessage({ skreaver: 'failed', error: { name: 'ConfigError', message } });
    this.events.onExit('exit code 1');
  }

  ends(how = 'exit code 0'): void {
    this.events.onExit(how);
  }
}

/** All processes that were started, in order. */
export class FakeProcesses {
  readonly all: FakeProcess[] = [];

  readonly start: StartProcess = (events) => {
    const process = new FakeProcess(this.all.length + 1, events);
    this.all.push(process);
    return process;
  };

  get last(): FakeProcess {
    return this.all.at(-1) as FakeProcess;
  }
}
