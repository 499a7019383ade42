import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import {
  type ResolvedConfig,
  SKREAVER_WS_CONFIG,
  SkreaverWsModule,
  type SkreaverWsModuleOptions,
} from '@skreaver/nestjs-ws';
import { SkreaverWsHealthIndicator } from '@skreaver/nestjs-ws/terminus';
import { redisBackplane } from '@skreaver/redis';
import { workersBackplane } from '@skreaver/workers';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule } from 'nestjs-pino';
import { TokenAuthHandler } from './authentication/index.js';
import {
  DisconnectController,
  HealthController,
  IS_DEVELOPMENT,
  MethodsController,
  MetricsController,
  NodesController,
  OverviewController,
  PublishController,
  RebalanceController,
  RevokeController,
} from './http/index.js';
import { httpLogOptions, type LogDestination, LogFlush } from './logging/index.js';
import type { ServerSettings } from './settings/index.js';

@Module({})
export class ServerModule {
  static of(settings: ServerSettings, log: LogDestination): DynamicModule {
    return {
      module: ServerModule,
      imports: [
        LoggerModule.forRoot({ pinoHttp: [httpLogOptions(settings.logLevel), log] }),
        PrometheusModule.register({ controller: MetricsController }),
        TerminusModule.forRoot({ logger: false }),
        SkreaverWsModule.forRoot(moduleOptions(settings)),
      ],
      providers: [
        SkreaverWsHealthIndicator,
        { provide: LogFlush, useFactory: () => new LogFlush(log) },
        { provide: IS_DEVELOPMENT, useValue: settings.isDevelopment },
      ],
      controllers: [
        PublishController,
        RebalanceController,
        DisconnectController,
        RevokeController,
        NodesController,
        OverviewController,
        MethodsController,
        HealthController,
      ],
    };
  }
}

function moduleOptions({ module, authentication, redis }: ServerSettings): SkreaverWsModuleOptions {
  const options = { ...module, backplane: redis === undefined ? workersBackplane() : redisBackplane(redis) };
  if (authentication === undefined) return options;
  return {
    ...options,
    authHandler: {
      inject: [SKREAVER_WS_CONFIG],
      useFactory: ({ authTimeout }: ResolvedConfig) => new TokenAuthHandler(authentication, authTimeout),
    },
  };
}
