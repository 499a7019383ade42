import type { Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ResolvedConfig } from '@skreaver/nestjs-ws';
import { Logger } from 'nestjs-pino';
import { apiGate, HardenedExpressAdapter, isPublicationBody, JsonErrorFilter } from './http/index.js';
import { listenErrorSentence } from './listen-error.js';
import { type LogDestination, ServerLogger } from './logging/index.js';
import { ServerModule } from './server.module.js';
import { type ServerSettings, SettingsError, Variable } from './settings/index.js';
import { exitInTime } from './shutdown-deadline.js';

/**
 * Serves clients in this process.
 * @returns the port that it is bound to, which differs from the setting if that is 0
 * @throws SettingsError when it cannot listen
 */
export async function serve(settings: ServerSettings, config: ResolvedConfig, log: LogDestination): Promise<number> {
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
  return portOf(app, settings);
}

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
