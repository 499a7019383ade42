import { resolveConfig } from '@skreaver/nestjs-ws';
import { runInWorkers } from '@skreaver/workers';
import { banner } from './banner.js';
import { LostLines, primaryLogger, stdoutDestination } from './logging/index.js';
import { nodeVersionWarning } from './node-version.js';
import { serve } from './serve.js';
import { type Environment, serverSettings, type ServerSettings } from './settings/index.js';

/** What a worker has after `shutdownTimeout` to end by itself. */
const WORKER_GRACE_MS = 2000;

/**
 * Starts the server with the settings of the environment, in one process or several, and prints the banner.
 * @throws SettingsError, ConfigError, and what a worker threw
 */
export async function startServer(env: Environment): Promise<void> {
  const settings = withNodeWarning(serverSettings(env));
  const config = resolveConfig(settings.module);
  const lost = new LostLines();
  lost.register();
  const log = stdoutDestination(lost);
  const printBanner = (port: number): void => log.write(banner(settings, config, port));
  const { workers, redis } = settings;
  if (workers === 1) return printBanner(await serve(settings, config, log));
  const { historyMaxBytes, idempotencyMaxKeys, shutdownTimeout } = config;
  await runInWorkers(() => serve(settings, config, log), {
    workers,
    hub: redis === undefined,
    historyMaxBytes,
    idempotencyMaxKeys,
    shutdownTimeout: shutdownTimeout + WORKER_GRACE_MS,
    logger: primaryLogger(settings.logLevel, log),
    onStarted: ({ port }) => printBanner(port ?? settings.port),
  });
}

function withNodeWarning(settings: ServerSettings): ServerSettings {
  const warning = nodeVersionWarning(process.version);
  return warning === undefined ? settings : { ...settings, warnings: [...settings.warnings, warning] };
}
