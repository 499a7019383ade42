import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import {
  type ResolvedConfig,
  SKREAVER_WS_CONFIG,
  SkreaverWsModule,
  type SkreaverWsModuleOptions,
} from '@skreaver/nestjs-ws';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule } from 'nestjs-pino';
import { TokenAuthHandler } from './authentication/index.js';
import {
  DisconnectController,
  HealthController,
  MetricsController,
  OverviewController,
  PublishController,
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
      providers: [{ provide: LogFlush, useFactory: () => new LogFlush(log) }],
      controllers: [PublishController, DisconnectController, RevokeController, OverviewController, HealthController],
    };
  }
}

function moduleOptions({ module, authentication }: ServerSettings): SkreaverWsModuleOptions {
  if (authentication === undefined) return module;
  return {
    ...module,
    authHandler: {
      inject: [SKREAVER_WS_CONFIG],
      useFactory: ({ authTimeout }: ResolvedConfig) => new TokenAuthHandler(authentication, authTimeout),
    },
  };
}
