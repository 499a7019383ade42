import type { Server } from 'node:http';
import { type DynamicModule, Module, type OnModuleInit, type Provider } from '@nestjs/common';
import {
  type AbstractHttpAdapter,
  ApplicationConfig,
  DiscoveryModule,
  HttpAdapterHost,
  MetadataScanner,
} from '@nestjs/core';
import {
  AuthHandler,
  Authenticator,
  BoundAuthHandler,
  Permissions,
  SessionDeadlines,
  VisibleAuthHandler,
  WsAuthGuard,
} from './auth/index.js';
import { Backplane, type KeyOwner, MemoryBackplane, systemClock } from './backplane/index.js';
import { ChannelOptionsResolver, SubscriberIndex, SubscriptionLocks } from './channel/index.js';
import { SKREAVER_WS_CONFIG, type ResolvedConfig, type SkreaverWsOptions, resolveConfig } from './config/index.js';
import { ConnectionRegistry } from './connection/index.js';
import {
  Acknowledgements,
  ClusterNode,
  DirectEvents,
  FanOut,
  HistoryReader,
  OpenChannels,
  PublishGate,
  PublicationQueue,
  Publisher,
  RecoveryService,
} from './delivery/index.js';
import {
  AuthMessageHandler,
  ConnectionLifecycle,
  MessagePipeline,
  ShutdownService,
  SkreaverWsGateway,
  WsErrorFilter,
} from './gateway/index.js';
import { ThrottledLog, WsMetrics, metricProviders } from './metrics/index.js';
import { JoinLeaveEvents, PresenceReader, PresenceTracker } from './presence/index.js';
import {
  BuiltInRequests,
  ErrorMapper,
  LargeResponses,
  PresenceRequests,
  RequestDispatcher,
  RequestMethods,
  RunningRequests,
  ScopedEnhancers,
} from './request/index.js';
import type {
  AuthHandlerSource,
  BackplaneSource,
  SkreaverWsExtras,
  SkreaverWsModuleAsyncOptions,
  SkreaverWsModuleOptions,
  SkreaverWsOptionsFactory,
} from './skreaver-ws.options.js';
import {
  PendingAsks,
  PermissionReview,
  SubscribeHandler,
  SubscriptionRevoker,
  SubscribeAdmission,
  SubscriptionService,
  UserCommands,
} from './subscription/index.js';
import { Throttler, WsThrottlerGuard } from './throttling/index.js';
import { TimerWheel } from './timers/index.js';
import {
  answerPlainRequests,
  Flusher,
  PlainGateways,
  SkreaverWsAdapter,
  ConnectionHandler,
  UpgradeHandler,
} from './transport/index.js';

const transport: Provider[] = [
  { provide: TimerWheel, useFactory: () => new TimerWheel() },
  {
    provide: Flusher,
    useFactory: (metrics: WsMetrics, config: ResolvedConfig) =>
      new Flusher(metrics, { frames: config.broadcastBufferSize, bytes: config.maxBufferedBytes }),
    inject: [WsMetrics, SKREAVER_WS_CONFIG],
  },
  PlainGateways,
  { provide: ConnectionHandler, useExisting: ConnectionLifecycle },
  {
    provide: UpgradeHandler,
    useFactory: (
      config: ResolvedConfig,
      handler: ConnectionHandler,
      metrics: WsMetrics,
      log: ThrottledLog,
      timers: TimerWheel,
      flusher: Flusher,
    ) => new UpgradeHandler({ config, handler, metrics, log, timers, flusher }),
    inject: [SKREAVER_WS_CONFIG, ConnectionHandler, WsMetrics, ThrottledLog, TimerWheel, Flusher],
  },
];

const rooms: Provider[] = [
  ...metricProviders,
  WsMetrics,
  ThrottledLog,
  ...transport,
  ConnectionRegistry,
  VisibleAuthHandler,
  BoundAuthHandler,
  Authenticator,
  Permissions,
  SessionDeadlines,
  WsAuthGuard,
  Throttler,
  WsThrottlerGuard,
  ChannelOptionsResolver,
  SubscriberIndex,
  SubscriptionLocks,
  OpenChannels,
  FanOut,
  ClusterNode,
  PublishGate,
  PublicationQueue,
  Publisher,
  DirectEvents,
  Acknowledgements,
  RecoveryService,
  HistoryReader,
  JoinLeaveEvents,
  PresenceTracker,
  PresenceReader,
  PendingAsks,
  SubscribeAdmission,
  SubscribeHandler,
  SubscriptionRevoker,
  PermissionReview,
  UserCommands,
  SubscriptionService,
  MetadataScanner,
  ScopedEnhancers,
  RequestMethods,
  RunningRequests,
  RequestDispatcher,
  LargeResponses,
  BuiltInRequests,
  PresenceRequests,
  ErrorMapper,
  AuthMessageHandler,
  ConnectionLifecycle,
  WsErrorFilter,
  ShutdownService,
  SkreaverWsGateway,
  MessagePipeline,
];

/** Importing it is all: it installs its own WebSocket adapter. */
@Module({})
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
    if (httpAdapter) answerPlainRequests(httpAdapter, this.upgrades.path);
  }

  /** @throws ConfigError when an option is wrong: the field, its value and what is allowed */
  static forRoot(options: SkreaverWsModuleOptions = {}): DynamicModule {
    const { authHandler, backplane, isGlobal, imports, ...config } = options;
    return assemble({ authHandler, backplane, isGlobal, imports }, [
      { provide: SKREAVER_WS_CONFIG, useValue: resolveConfig(config) },
    ]);
  }

  /** Options from a factory, a class or an existing provider; wrong ones stop the start as in {@link forRoot}. */
  static forRootAsync(options: SkreaverWsModuleAsyncOptions): DynamicModule {
    return assemble(options, configProviders(options));
  }
}

type LooseExtras = { readonly [K in keyof SkreaverWsExtras]: SkreaverWsExtras[K] | undefined };

function assemble(extras: LooseExtras, config: Provider[]): DynamicModule {
  return {
    module: SkreaverWsModule,
    global: extras.isGlobal ?? false,
    imports: [DiscoveryModule, ...(extras.imports ?? [])],
    providers: [...config, ...authProviders(extras.authHandler), backplaneProvider(extras.backplane), ...rooms],
    exports: [
      SKREAVER_WS_CONFIG,
      ConnectionRegistry,
      SubscriptionService,
      Backplane,
      ShutdownService,
      Throttler,
      WsAuthGuard,
      WsThrottlerGuard,
      ...(extras.authHandler === undefined ? [] : [AuthHandler]),
    ],
  };
}

/** @throws Error for a source that Nest 11 would pass over, as `authHandler: MyAuthHandler` or a class that is undefined */
function authProviders(source: AuthHandlerSource | undefined): Provider[] {
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

/** Without a source the process is a cluster of one. */
function backplaneProvider(source: BackplaneSource | undefined): Provider {
  if (source !== undefined) return { provide: Backplane, ...source } as Provider;
  return {
    provide: Backplane,
    useFactory: ({ historyMaxBytes, idempotencyMaxKeys }: ResolvedConfig, metrics: WsMetrics, log: ThrottledLog) => {
      const forgotten = (owner: KeyOwner): void => {
        metrics.idempotencyKeyForgotten(owner);
        log.write('warn', MemoryBackplane, `idempotency key of ${owner} forgotten before its time`, {
          idempotencyMaxKeys,
        });
      };
      return new MemoryBackplane(historyMaxBytes, systemClock, { maxKeys: idempotencyMaxKeys, forgotten });
    },
    inject: [SKREAVER_WS_CONFIG, WsMetrics, ThrottledLog],
  };
}

function configProviders(options: SkreaverWsModuleAsyncOptions): Provider[] {
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
