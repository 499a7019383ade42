import 'reflect-metadata';
import { ConfigError } from '@skreaver/nestjs-ws';
import { SettingsError } from './settings/index.js';
import { startServer } from './start-server.js';

try {
  await startServer(process.env);
} catch (error) {
  const isExpected = error instanceof SettingsError || error instanceof ConfigError;
  process.stderr.write(`${isExpected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
