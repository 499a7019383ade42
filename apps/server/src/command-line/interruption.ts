import { setMaxListeners } from 'node:events';
import { CommandError, ExitCode } from './grammar/exit-code.js';

/** Aborts at the first SIGINT, SIGTERM or SIGHUP, so that the connection is closed in order; a second one ends at once. */
export function interruption(): AbortSignal {
  const abort = new AbortController();
  // A load listens once for each of its connections.
  setMaxListeners(0, abort.signal);
  const on = (name: NodeJS.Signals, code: ExitCode): void => {
    process.on(name, () => {
      if (abort.signal.aborted) process.exit(code);
      abort.abort(new CommandError(code, ''));
    });
  };
  on('SIGINT', ExitCode.Interrupted);
  on('SIGTERM', ExitCode.Terminated);
  on('SIGHUP', ExitCode.Terminated);
  return abort.signal;
}

/** Rejects with the reason of the signal, once it aborts. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
