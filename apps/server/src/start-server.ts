import type { Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { resolveConfig } from '@skreaver/nestjs-ws';
import { Logger } from 'nestjs-pino';
import { banner } from './banner.js';
import { apiGate, HardenedExpressAdapter, isPublicationBody, JsonErrorFilter } from './http/index.js';
import { listenErrorSentence } from './listen-error.js';
import { LostLines, ServerLogger, stdoutDestination } from './logging/index.js';
import { nodeVersionWarning } from './node-version.js';
import { ServerModule } from './server.module.js';
import { type Environment, serverSettings, type ServerSettings, SettingsError, Variable } from './settings/index.js';
import { exitInTime } from './shutdown-deadline.js';

/**
 * Starts the server with the settings of the environment, and prints the banner.
 * @throws SettingsError, ConfigError
 */
export async function startServer(env: Environment): Promise<void> {
  const settings = withNodeWarning(serverSettings(env));
  const config = resolveConfig(settings.module);
  const lost = new LostLines();
  lost.register();
  const log = stdoutDestination(lost);
  const app = await NestFactory.create<NestExpressApplication>(
    ServerModule.of(settings, log),
    new HardenedExpressAdapter(config.shutdownTimeout),
    {
      abortOnError: false,
      bodyParser: false,
      bufferLogs: true,
    },
  );
  app.useLogger(new ServerLogger(app.get(Logger)));
  app.disable('x-powered-by');
  app.use('/api', apiGate(settings.apiAccess));
  app.use('/metrics', apiGate(settings.metricsAccess, Variable.MetricsKeys));
  // Publications keep their JSON text, so the controller gets their raw bytes.
  app.useBodyParser('raw', { limit: config.maxBufferedBytes, type: isPublicationBody });
  // JSON only (CSRF): a foreign page can send a form without a preflight, but not JSON.
  app.useBodyParser('json', { limit: config.maxBufferedBytes });
  app.useGlobalFilters(new JsonErrorFilter());
  exitInTime(config.shutdownTimeout);
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await listen(app, settings);
  log.write(banner(settings, config, portOf(app, settings)));
}

function withNodeWarning(settings: ServerSettings): ServerSettings {
  const warning = nodeVersionWarning(process.version);
  return warning === undefined ? settings : { ...settings, warnings: [...settings.warnings, warning] };
}

/** The port that the server is bound to, which differs from the setting if that is 0. */
function portOf(app: NestExpressApplication, settings: ServerSettings): number {
  const server: Server = app.getHttpServer();
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : settings.port;
}

async function listen(app: NestExpressApplication, { host, port }: ServerSettings): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const sentence = listenErrorSentence(error, host, port);
    throw sentence === undefined ? error : new SettingsError([sentence]);
  }
}
