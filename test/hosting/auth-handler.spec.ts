import { Injectable, Module, type ModuleMetadata, forwardRef } from '@nestjs/common';
import {
  AuthHandler,
  ConnectionRegistry,
  SkreaverWsModule,
  type SkreaverWsModuleOptions,
  SubscriptionService,
} from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { hostApp } from '../support/host-app.js';

/** Announces each login, and how many connections there were before it. */
@Injectable()
class AnnouncingAuthHandler extends AuthHandler {
  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly registry: ConnectionRegistry,
  ) {
    super();
  }

  override async authenticate(token: string): Promise<string> {
    await this.subscriptions.broadcast('logins', { user: token, before: this.registry.list().length });
    return token;
  }

  override checkPermission(): boolean {
    return true;
  }
}

@Injectable()
class Users {
  constructor(readonly handler: AnnouncingAuthHandler) {}
}

const asClass = { useClass: AnnouncingAuthHandler };
const asExisting = { useExisting: AnnouncingAuthHandler };
const asFactory = {
  useFactory: async (subscriptions: SubscriptionService, registry: ConnectionRegistry) =>
    new AnnouncingAuthHandler(subscriptions, registry),
  inject: [SubscriptionService, ConnectionRegistry],
};

/** A module of the application that exports what it provides. */
function moduleWith(...providers: NonNullable<ModuleMetadata['providers']>): new () => object {
  @Module({ providers, exports: providers })
  class AuthModule {}
  return AuthModule;
}

/** The modules that need each other name each other by `forwardRef`, as Nest's documentation says. */
function realtimeAndAuthModules(): new () => object {
  @Module({
    imports: [forwardRef(() => RealtimeModule)],
    providers: [{ provide: AuthHandler, ...asClass }],
    exports: [AuthHandler],
  })
  class AuthModule {}
  @Module({
    imports: [SkreaverWsModule.forRoot({ imports: [forwardRef(() => AuthModule)] })],
    exports: [SkreaverWsModule],
  })
  class RealtimeModule {}
  return RealtimeModule;
}

const global = (options: SkreaverWsModuleOptions): ModuleMetadata['imports'] => [
  SkreaverWsModule.forRoot({ isGlobal: true, ...options }),
];

const places: readonly (readonly [string, () => ModuleMetadata['imports']])[] = [
  ['given as a class', () => [SkreaverWsModule.forRoot({ authHandler: asClass })]],
  ['made by an asynchronous factory', () => [SkreaverWsModule.forRoot({ authHandler: asFactory })]],
  [
    'given beside options of an asynchronous factory',
    () => [SkreaverWsModule.forRootAsync({ useFactory: async () => ({}), authHandler: asClass })],
  ],
  [
    'that exists in an imported module',
    () => global({ imports: [moduleWith(AnnouncingAuthHandler)], authHandler: asExisting }),
  ],
  ['that an imported module exports', () => global({ imports: [moduleWith({ provide: AuthHandler, ...asClass })] })],
  [
    'that another provider of its module depends on',
    () => global({ imports: [moduleWith(AnnouncingAuthHandler, Users)], authHandler: asExisting }),
  ],
  ['in a module that imports the one with forRoot', () => [realtimeAndAuthModules()]],
];

describe('an AuthHandler that injects SubscriptionService and ConnectionRegistry', () => {
  it.each(places)('works where it is one %s', async (_place, imports) => {
    const app = await hostApp({ imports: imports() ?? [] });
    const alice = await app.connect('?token=alice');
    await alice.subscribe('logins');
    await app.connect('?token=bob');
    expect((await alice.next('event')).data).toEqual({ user: 'bob', before: 1 });
  });
});
