import { setTimeout } from 'node:timers';

/** How long after the drain's own deadline the rest of the shutdown may take. */
const GRACE_MS = 1000;
const INTERRUPTED = 130;

/**
 * Holds the process to its end: `shutdownTimeout` + 1 s after the first SIGTERM or SIGINT it exits even if something hangs,
 * and at a second SIGINT at once, as who presses Ctrl+C twice means it.
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
    if (stopping) process.exit(INTERRUPTED);
    begin();
  });
}
