import type { Server } from 'node:http';
import { type DynamicModule, Module, type OnModuleInit, type Provider } from '@nestjs/common';
import { type AbstractHttpAdapter, ApplicationConfig, DiscoveryModule, HttpAdapterHost } from '@nestjs/core';
import { AuthHandler, WsAuthGuard, authProviders } from './auth/index.js';
import { Backplane, memoryBackplaneProvider } from './backplane/index.js';
import { channelProviders } from './channel/index.js';
import { ClusterStatus, clusterProviders } from './cluster/index.js';
import {
  SKREAVER_WS_CONFIG,
  SkreaverWsConfig,
  type SkreaverWsOptions,
  configProviders,
  resolveConfig,
} from './config/index.js';
import { ConnectionRegistry, connectionProviders } from './connection/index.js';
import { deliveryProviders } from './delivery/index.js';
import { ShutdownService, gatewayProviders } from './gateway/index.js';
import { hookProviders } from './hooks/index.js';
import { metricsProviders } from './metrics/index.js';
import { nodeProviders } from './node/index.js';
import { presenceProviders } from './presence/index.js';
import { RequestMethods, requestProviders } from './request/index.js';
import type {
  AuthHandlerSource,
  BackplaneSource,
  SkreaverWsExtras,
  SkreaverWsModuleAsyncOptions,
  SkreaverWsModuleOptions,
  SkreaverWsOptionsFactory,
} from './skreaver-ws.options.js';
import { SubscriptionService, subscriptionProviders } from './subscription/index.js';
import { Throttler, WsThrottlerGuard, throttlingProviders } from './throttling/index.js';
import { timerProviders } from './timers/index.js';
import {
  PlainGateways,
  SkreaverWsAdapter,
  SkreaverWsServers,
  UpgradeHandler,
  answerPlainRequests,
  transportProviders,
} from './transport/index.js';

const roomProviders: Provider[] = [
  ...configProviders,
  ...nodeProviders,
  ...metricsProviders,
  ...timerProviders,
  ...transportProviders,
  ...connectionProviders,
  ...authProviders,
  ...throttlingProviders,
  ...channelProviders,
  ...hookProviders,
  ...deliveryProviders,
  ...clusterProviders,
  ...presenceProviders,
  ...subscriptionProviders,
  ...requestProviders,
  ...gatewayProviders,
];

/** What applications inject. */
const exported = [
  SKREAVER_WS_CONFIG,
  SkreaverWsConfig,
  ConnectionRegistry,
  ClusterStatus,
  SubscriptionService,
  Backplane,
  ShutdownService,
  RequestMethods,
  SkreaverWsServers,
  Throttler,
  WsAuthGuard,
  WsThrottlerGuard,
];

/** The providers of the class without a registration, which replaces them. */
const unregistered: Provider[] = [UpgradeHandler, PlainGateways, ...exported].map((provide) => ({
  provide,
  useFactory: () => {
    throw new Error(
      'SkreaverWsModule is imported without forRoot or forRootAsync. Call one of them once; other modules import the one ' +
        'that it was called in and that exports SkreaverWsModule, or set isGlobal.',
    );
  },
}));

/**
 * Importing it is all: it installs its own WebSocket adapter.
 * @example
 * ```ts
 * import { Module } from '@nestjs/common';
 * import { AuthHandler, SkreaverWsModule } from '@skreaver/nestjs-ws';
 *
 * class OpenDoor extends AuthHandler {
 *   authenticate(token: string): string {
 *     return token;
 *   }
 *   checkPermission(): boolean {
 *     return true;
 *   }
 * }
 *
 * @Module({ imports: [SkreaverWsModule.forRoot({ authHandler: { useClass: OpenDoor } })] })
 * export class AppModule {}
 * ```
 */
@Module({ providers: unregistered, exports: exported })
export class SkreaverWsModule implements OnModuleInit {
  /** @throws Error when the application has it twice: two registries and two sets of limits, of which clients would see one */
  constructor(
    application: ApplicationConfig,
    private readonly host: HttpAdapterHost,
    private readonly upgrades: UpgradeHandler,
    gateways: PlainGateways,
  ) {
    if (application.getIoAdapter() instanceof SkreaverWsAdapter) {
      throw new Error(
        'SkreaverWsModule is imported twice: forRoot or forRootAsync was called more than once. Call it once; other modules ' +
          'import the one that it was called in and that exports SkreaverWsModule, or set isGlobal.',
      );
    }
    application.setIoAdapter(
      new SkreaverWsAdapter(upgrades, gateways, () => host.httpAdapter?.getHttpServer() as Server | undefined),
    );
  }

  /** By now the application's own routes are registered. */
  onModuleInit(): void {
    // Null in an application without HTTP.
    const httpAdapter: AbstractHttpAdapter | null | undefined = this.host.httpAdapter;
    if (httpAdapter) answerPlainRequests(httpAdapter, this.upgrades);
  }

  /**
   * @throws ConfigError when an option is wrong: the field, its value and what is allowed
   * @example
   * ```ts
   * import { SkreaverWsModule } from '@skreaver/nestjs-ws';
   *
   * SkreaverWsModule.forRoot({ path: '/live', channels: { 'room:': { history: { size: 100, ttl: 60_000 } } } });
   * ```
   */
  static forRoot(options: SkreaverWsModuleOptions = {}): DynamicModule {
    const { authHandler, backplane, isGlobal, imports, ...config } = options;
    return assemble({ authHandler, backplane, isGlobal, imports }, [
      { provide: SKREAVER_WS_CONFIG, useValue: resolveConfig(config) },
    ]);
  }

  /**
   * Options from a factory, a class or an existing provider; wrong ones stop the start as in {@link forRoot}.
   * @example
   * ```ts
   * import { SkreaverWsModule, configFromEnvironment } from '@skreaver/nestjs-ws';
   *
   * SkreaverWsModule.forRootAsync({ useFactory: () => configFromEnvironment(process.env) });
   * ```
   */
  static forRootAsync(options: SkreaverWsModuleAsyncOptions): DynamicModule {
    return assemble(options, optionsProviders(options));
  }
}

type LooseExtras = { readonly [K in keyof SkreaverWsExtras]: SkreaverWsExtras[K] | undefined };

function assemble(extras: LooseExtras, options: Provider[]): DynamicModule {
  return {
    module: SkreaverWsModule,
    global: extras.isGlobal ?? false,
    imports: [DiscoveryModule, ...(extras.imports ?? [])],
    providers: [
      ...options,
      ...authHandlerProviders(extras.authHandler),
      backplaneProvider(extras.backplane),
      ...roomProviders,
    ],
    exports: extras.authHandler === undefined ? [] : [AuthHandler],
  };
}

/** @throws Error for a source that Nest 11 would pass over, as `authHandler: MyAuthHandler` or a class that is undefined */
function authHandlerProviders(source: AuthHandlerSource | undefined): Provider[] {
  if (source === undefined) return [];
  const { useClass, useExisting, useFactory, useValue } = (source ?? {}) as Partial<Record<string, unknown>>;
  if ((useClass ?? useExisting ?? useFactory ?? useValue) !== undefined) {
    return [{ provide: AuthHandler, ...source } as Provider];
  }
  throw new Error(
    'The option authHandler names no AuthHandler; give { useClass }, { useExisting } or { useFactory }, or leave it out. ' +
      'A class that is undefined here comes from files that import each other.',
  );
}

/** Without a source, the server consists of this node. */
function backplaneProvider(source: BackplaneSource | undefined): Provider {
  return source === undefined ? memoryBackplaneProvider : ({ provide: Backplane, ...source } as Provider);
}

function optionsProviders(options: SkreaverWsModuleAsyncOptions): Provider[] {
  if ('useFactory' in options) {
    const make = options.useFactory as (...dependencies: unknown[]) => SkreaverWsOptions | Promise<SkreaverWsOptions>;
    return [
      {
        provide: SKREAVER_WS_CONFIG,
        useFactory: async (...dependencies: unknown[]) => resolveConfig(await make(...dependencies)),
        inject: options.inject ?? [],
      },
    ];
  }
  const token = 'useClass' in options ? options.useClass : options.useExisting;
  return [
    ...('useClass' in options ? [options.useClass] : []),
    {
      provide: SKREAVER_WS_CONFIG,
      useFactory: async (factory: SkreaverWsOptionsFactory) => resolveConfig(await factory.createSkreaverWsOptions()),
      inject: [token],
    },
  ];
}
