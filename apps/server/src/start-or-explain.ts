import 'reflect-metadata';
import type { Environment } from './settings/index.js';
import { startFailure } from './start-failure.js';

/** Starts the server, or ends the process with what an operator can do about it. */
export async function startOrExplain(env: Environment): Promise<void> {
  try {
    // A dynamic import, so that errors while loading are reported like all others.
    const { startServer } = await import('./start-server.js');
    await startServer(env);
  } catch (error) {
    process.stderr.write(`${startFailure(error)}\n`);
    process.exit(1);
  }
}
