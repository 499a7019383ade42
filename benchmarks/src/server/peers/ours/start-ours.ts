import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SkreaverWsModule, SubscriptionService } from '@skreaver/nestjs-ws';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Logger, LoggerModule } from 'nestjs-pino';
import { destination } from 'pino';
import { tlsFixture } from '../../tls-fixture.js';
import { packageVersion } from '../package-version.js';
import type { PeerOptions, PeerServer } from '../peer-server.js';
import { AgentRequests, CheckedAgentRequests } from './agent-requests.js';
import { oursOptions } from './ours-options.js';

/** Starts the module in a Nest application with token check, both guards, Prometheus metrics and pino at `info`. */
export async function startOurs(options: PeerOptions): Promise<PeerServer> {
  const { module, changed } = await oursOptions(options);

  @Module({
    imports: [
      LoggerModule.forRoot({ pinoHttp: [{ level: 'info' }, destination('/dev/null')] }),
      PrometheusModule.register(),
      SkreaverWsModule.forRoot(module),
    ],
    providers: [options.ownCheck ? CheckedAgentRequests : AgentRequests],
  })
  class BenchModule {}

  const app = await NestFactory.create(BenchModule, {
    bufferLogs: true,
    abortOnError: false,
    ...(options.tls ? { httpsOptions: tlsFixture() } : {}),
  });
  app.useLogger(app.get(Logger));
  await app.listen(0, '127.0.0.1');
  const subscriptions = app.get(SubscriptionService);
  return {
    port: ((app.getHttpServer() as Server).address() as AddressInfo).port,
    versions: {
      '@skreaver/nestjs-ws': ownVersion(),
      ws: packageVersion('ws'),
      '@nestjs/core': packageVersion('@nestjs/core'),
    },
    changed,
    publish: (channel, event) => void subscriptions.broadcast(channel, event),
  };
}

function ownVersion(): string {
  const found = createRequire(import.meta.url)('@skreaver/nestjs-ws/package.json') as { readonly version: string };
  return found.version;
}
