import 'reflect-metadata';
import { startFailure } from './start-failure.js';

try {
  // A dynamic import, so that errors while loading are reported like all others.
  const { startServer } = await import('./start-server.js');
  await startServer(process.env);
} catch (error) {
  process.stderr.write(`${startFailure(error)}\n`);
  process.exit(1);
}
