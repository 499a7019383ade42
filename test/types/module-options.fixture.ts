import {
  AuthHandler,
  MemoryBackplane,
  SkreaverWsModule,
  type SkreaverWsOptions,
  type SkreaverWsOptionsFactory,
} from '../../src/index.js';

declare class Handler extends AuthHandler {
  override authenticate(): string;
  override checkPermission(): boolean;
}
declare class Settings implements SkreaverWsOptionsFactory {
  createSkreaverWsOptions(): SkreaverWsOptions;
}
declare class Relay extends MemoryBackplane {}
declare class Unrelated {}

SkreaverWsModule.forRoot();
SkreaverWsModule.forRoot({ path: '/live', isGlobal: true, authHandler: { useClass: Handler } });
SkreaverWsModule.forRoot({ tokenSources: ['protocol', 'cookie:sid'] });
SkreaverWsModule.forRoot({ authHandler: { useExisting: Handler } });
SkreaverWsModule.forRoot({ authHandler: { useFactory: async (handler: Handler) => handler, inject: [Handler] } });
SkreaverWsModule.forRoot({ backplane: { useClass: Relay } });
SkreaverWsModule.forRoot({ backplane: { useFactory: async () => new MemoryBackplane(1024) } });
SkreaverWsModule.forRootAsync({ useClass: Settings });
SkreaverWsModule.forRootAsync({ useExisting: Settings });
SkreaverWsModule.forRootAsync({
  useFactory: (settings: Settings) => settings.createSkreaverWsOptions(),
  inject: [Settings],
});

SkreaverWsModule.forRoot({ pathh: '/live' }); // must not compile: TS2561
SkreaverWsModule.forRoot({ maxConnections: '5' }); // must not compile: TS2322
SkreaverWsModule.forRoot({ tokenSources: ['cookie'] }); // must not compile: TS2322
SkreaverWsModule.forRoot({ authHandler: { useClass: Unrelated } }); // must not compile: TS2322
SkreaverWsModule.forRoot({ backplane: { useClass: Unrelated } }); // must not compile: TS2322
SkreaverWsModule.forRoot({ authHandler: {} }); // must not compile: TS2322
SkreaverWsModule.forRootAsync({}); // must not compile: TS2345
SkreaverWsModule.forRootAsync({ useClass: Unrelated }); // must not compile: TS2322
SkreaverWsModule.forRootAsync({ useFactory: () => ({ path: 7 }) }); // must not compile: TS2322
