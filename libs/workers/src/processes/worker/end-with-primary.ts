import type { Worker } from 'node:cluster';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { hubPath } from './hub-path.js';

/**
 * Drains this worker when its primary process has ended without a word: nothing would replace it any more, and no new
 * connection reaches it.
 */
export function endWithPrimary(worker: Worker, shutdownTimeout: number): void {
  worker.once('disconnect', () => {
    // Otherwise Node exits right after this event, before any client is told.
    worker.exitedAfterDisconnect = true;
    removeHubSocket();
    setTimeout(() => process.exit(1), shutdownTimeout).unref();
    process.kill(process.pid, 'SIGTERM');
  });
}

/** The primary process was not able to. */
function removeHubSocket(): void {
  const path = hubPath();
  if (path !== undefined) rmSync(dirname(path), { recursive: true, force: true });
}
