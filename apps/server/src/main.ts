import 'reflect-metadata';
import { startFailure } from './start-failure.js';

try {
  // Loaded from here, so that what goes wrong in loading is told like all else.
  const { startServer } = await import('./start-server.js');
  await startServer(process.env);
} catch (error) {
  process.stderr.write(`${startFailure(error)}\n`);
  process.exit(1);
}
