import 'reflect-metadata';
import { type INestApplication, Global, Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { CapturedLog } from '../test/support/captured-log.js';
import { TestAuthHandler } from '../test/support/test-app.js';
import { TestClient } from '../test/support/test-client.js';
import {
  AuthHandler,
  Backplane,
  ConnectionRegistry,
  MemoryBackplane,
  SKREAVER_WS_CONFIG,
  SkreaverWsModule,
  type SkreaverWsOptions,
  type SkreaverWsOptionsFactory,
  SubscriptionService,
} from './index.js';

@Injectable()
class Settings implements SkreaverWsOptionsFactory {
  createSkreaverWsOptions(): SkreaverWsOptions {
    return { path: '/set' };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Module({
  providers: [TestAuthHandler, { provide: AuthHandler, useExisting: TestAuthHandler }],
  exports: [AuthHandler, TestAuthHandler],
})
class AuthModule {}

@Global()
@Module({ providers: [{ provide: AuthHandler, useClass: TestAuthHandler }], exports: [AuthHandler] })
class GlobalAuthModule {}

class Relay extends MemoryBackplane {
  constructor() {
    super(1_048_576);
  }
}

const create = async (metadata: ModuleMetadata): Promise<INestApplication> => {
  class AppModule {}
  const app = await NestFactory.create(
    { module: AppModule, ...metadata },
    { logger: new CapturedLog(), abortOnError: false },
  );
  onTestFinished(() => app.close());
  return app;
};

const start = async (...imports: NonNullable<ModuleMetadata['imports']>) => {
  const app = await create({ imports });
  await app.listen(0, '127.0.0.1');
  return { app, url: urlOf(app) };
};

const urlOf = (app: INestApplication): string =>
  `ws://127.0.0.1:${(app.getHttpServer().address() as { port: number }).port}`;

const pathOf = async (...imports: NonNullable<ModuleMetadata['imports']>): Promise<string> =>
  (await create({ imports })).get<{ path: string }>(SKREAVER_WS_CONFIG, { strict: false }).path;

/** The user that a connection with this token gets, or the answer's error code. */
const userOf = async (url: string, token: string): Promise<string> => {
  const client = await TestClient.open(`${url}/ws?token=${token}`);
  const { data } = await client.next('auth_response');
  return data.success ? data.user_id : data.error.code;
};

describe('SkreaverWsModule.forRoot', () => {
  it('serves WebSockets once imported, and needs no option', async () => {
    const { url, app } = await start(SkreaverWsModule.forRoot());
    const client = await TestClient.open(`${url}/ws`);
    await client.subscribe('news');
    expect(await app.get(SubscriptionService).broadcast('news', { n: 1 })).toEqual({ delivered: 1 });
    expect((await client.next('event')).data).toEqual({ n: 1 });
  });

  it('throws a sentence with the field, the value and the allowed values', () => {
    expect(() => SkreaverWsModule.forRoot({ maxConnections: -1 })).toThrow(/maxConnections.*-1/);
    expect(() => SkreaverWsModule.forRoot({ maxConection: 1 } as SkreaverWsOptions)).toThrow(/maxConnections/);
  });

  it('exports the injectable services everywhere when it is global', async () => {
    @Injectable()
    class Service {
      constructor(readonly subscriptions: SubscriptionService) {}
    }
    Reflect.defineMetadata('design:paramtypes', [SubscriptionService], Service);
    @Module({ providers: [Service] })
    class Feature {}
    const app = await create({ imports: [Feature, SkreaverWsModule.forRoot({ isGlobal: true })] });
    expect(app.get(Service, { strict: false }).subscriptions).toBe(app.get(SubscriptionService));
    await expect(create({ imports: [Feature, SkreaverWsModule.forRoot()] })).rejects.toThrow(/SubscriptionService/);
  });
});

describe('SkreaverWsModule.forRootAsync', () => {
  it('takes its options from a factory, with dependencies from imports', async () => {
    expect(
      await pathOf(
        SkreaverWsModule.forRootAsync({
          imports: [SettingsModule],
          useFactory: async (settings: Settings) => settings.createSkreaverWsOptions(),
          inject: [Settings],
        }),
      ),
    ).toBe('/set');
    expect(await pathOf(SkreaverWsModule.forRootAsync({ useFactory: () => ({ path: '/made' }) }))).toBe('/made');
  });

  it('takes its options from a class, and from an existing provider', async () => {
    expect(await pathOf(SkreaverWsModule.forRootAsync({ useClass: Settings }))).toBe('/set');
    expect(await pathOf(SkreaverWsModule.forRootAsync({ imports: [SettingsModule], useExisting: Settings }))).toBe(
      '/set',
    );
  });

  it('stops the start with a sentence if an option is invalid', async () => {
    const wrong = { useFactory: () => ({ pingInterval: 0 }) };
    await expect(create({ imports: [SkreaverWsModule.forRootAsync(wrong)] })).rejects.toThrow(/pingInterval.*0/);
  });
});

describe('the AuthHandler', () => {
  it.each([
    ['a class', SkreaverWsModule.forRoot({ authHandler: { useClass: TestAuthHandler } }), []],
    ['a factory', SkreaverWsModule.forRoot({ authHandler: { useFactory: async () => new TestAuthHandler() } }), []],
    [
      'a factory that injects',
      SkreaverWsModule.forRoot({
        imports: [AuthModule],
        authHandler: { useFactory: (handler: TestAuthHandler) => handler, inject: [TestAuthHandler] },
      }),
      [],
    ],
    [
      'a provider that exists',
      SkreaverWsModule.forRoot({ imports: [AuthModule], authHandler: { useExisting: TestAuthHandler } }),
      [],
    ],
    ['an imported module', SkreaverWsModule.forRoot({ imports: [AuthModule] }), []],
    ['a global module', SkreaverWsModule.forRoot(), [GlobalAuthModule]],
    [
      'an imported module, with options from a factory',
      SkreaverWsModule.forRootAsync({ imports: [AuthModule], useFactory: () => ({}) }),
      [],
    ],
  ])('may come from %s', async (_where, module, others) => {
    const { url } = await start(module, ...others);
    expect(await userOf(url, 'token-alice')).toBe('alice');
    expect(await userOf(url, 'wrong')).toBe('AUTHENTICATION_FAILED');
  });

  it('stops the start if it is provided where the module cannot see it: all clients would be anonymous', async () => {
    const app = await create({
      imports: [SkreaverWsModule.forRoot()],
      providers: [{ provide: AuthHandler, useClass: TestAuthHandler }],
    });
    await expect(app.init()).rejects.toThrow(/AuthHandler.*SkreaverWsModule/);
  });
});

describe('the backplane', () => {
  it.each([
    ['the memory of this process', SkreaverWsModule.forRoot(), MemoryBackplane],
    ['a factory', SkreaverWsModule.forRoot({ backplane: { useFactory: () => new Relay() } }), Relay],
    ['a class', SkreaverWsModule.forRoot({ backplane: { useClass: Relay } }), Relay],
    [
      'a factory, with options from another',
      SkreaverWsModule.forRootAsync({ backplane: { useFactory: async () => new Relay() }, useFactory: () => ({}) }),
      Relay,
    ],
  ])('may be %s', async (_what, module, type) => {
    const { app } = await start(module);
    const backplane = app.get(Backplane);
    expect(backplane).toBeInstanceOf(type);
    const publish = vi.spyOn(backplane, 'publish');
    await app.get(SubscriptionService).broadcast('news', 1);
    expect(publish).toHaveBeenCalledOnce();
  });

  it('is detached when the application ends', async () => {
    const app = await create({ imports: [SkreaverWsModule.forRoot()] });
    await app.init();
    const detach = vi.spyOn(app.get(Backplane), 'detach');
    await app.close();
    expect(detach).toHaveBeenCalledOnce();
  });
});

@WebSocketGateway({ path: '/plain' })
class PlainGateway {
  @SubscribeMessage('echo')
  echo(_client: unknown, data: unknown): unknown {
    return { event: 'echo', data };
  }
}

@WebSocketGateway({ path: '/ws' })
class ClashingGateway {}

describe('the module beside the rest of an application', () => {
  it('rejects another WebSocket adapter with a sentence that names the remedy', async () => {
    const app = await create({ imports: [SkreaverWsModule.forRoot()] });
    app.useWebSocketAdapter(new WsAdapter(app));
    await expect(app.init()).rejects.toThrow('Remove that call');
  });

  it('rejects a gateway on its own path', async () => {
    const app = await create({ imports: [SkreaverWsModule.forRoot()], providers: [ClashingGateway] });
    await expect(app.init()).rejects.toThrow('A gateway has the path /ws');
  });

  it('leaves another gateway as WsAdapter serves it', async () => {
    const app = await create({ imports: [SkreaverWsModule.forRoot()], providers: [PlainGateway] });
    await app.listen(0, '127.0.0.1');
    const plain = new WebSocket(`${urlOf(app)}/plain`);
    onTestFinished(() => plain.terminate());
    const answer = new Promise((resolve) => plain.once('message', (data: Buffer) => resolve(data.toString())));
    plain.once('open', () => plain.send('{"event":"echo","data":7}'));
    expect(await answer).toBe('{"event":"echo","data":7}');
    expect(app.get(ConnectionRegistry).list()).toEqual([]);
    expect((await (await TestClient.open(`${urlOf(app)}/ws`)).request('ping')).data.status).toBe('success');
  });

  it('separates two applications of one process', async () => {
    const first = await start(SkreaverWsModule.forRoot());
    const second = await start(SkreaverWsModule.forRoot());
    const client = await TestClient.open(`${first.url}/ws`);
    await client.subscribe('news');
    expect(await second.app.get(SubscriptionService).broadcast('news', 1)).toEqual({ delivered: 0 });
    expect(second.app.get(ConnectionRegistry).getStats().totalConnections).toBe(0);
    expect(await first.app.get(SubscriptionService).broadcast('news', 1)).toEqual({ delivered: 1 });
  });

  it('lets an application without HTTP publish, to nobody', async () => {
    class AppModule {}
    const context = await NestFactory.createApplicationContext(
      { module: AppModule, imports: [SkreaverWsModule.forRoot()] },
      { logger: new CapturedLog(), abortOnError: false },
    );
    onTestFinished(() => context.close());
    expect(await context.get(SubscriptionService).broadcast('news', 1)).toEqual({ delivered: 0 });
  });
});
