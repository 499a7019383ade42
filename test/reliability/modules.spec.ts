import { Injectable, Module, Scope } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { MessageBody } from '@nestjs/websockets';
import {
  type ConnectEvent,
  OnConnect,
  RequestMethods,
  SkreaverWsModule,
  SubscriptionService,
  WsRequest,
} from '@skreaver/nestjs-ws';
import { IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';

const unlogged = { logger: false, abortOnError: false } as const;

describe('the module in an application twice', () => {
  it.each([
    ['forRoot', () => SkreaverWsModule.forRoot({ path: '/other' })],
    ['forRootAsync', () => SkreaverWsModule.forRootAsync({ useFactory: () => ({ path: '/other' }) })],
  ])('refuses to start after a second %s, and says why', async (_what, again) => {
    @Module({ imports: [again()] })
    class Feature {}
    await expect(startApp({}, { imports: [Feature] })).rejects.toThrow(/^SkreaverWsModule is imported twice: /);
  });

  it('is one instance where both modules import the same one', async () => {
    const once = SkreaverWsModule.forRoot({ path: '/ws' });
    @Injectable()
    class Publisher {
      constructor(readonly subscriptions: SubscriptionService) {}
    }
    @Module({ imports: [once], providers: [Publisher], exports: [Publisher] })
    class Feature {}
    @Module({ imports: [once, Feature] })
    class App {}
    const app = await NestFactory.create(App, unlogged);
    await app.init();
    expect(app.get(Publisher).subscriptions).toBe(app.get(SubscriptionService));
    await app.close();
  });
});

describe('the module without forRoot', () => {
  @Injectable()
  class Publisher {
    constructor(readonly subscriptions: SubscriptionService) {}
  }
  @Module({ imports: [SkreaverWsModule], providers: [Publisher] })
  class Feature {}

  it.each([
    ['the only one', []],
    ['beside the one with forRoot', [SkreaverWsModule.forRoot()]],
  ])('refuses to start where it is %s, and says what to import', async (_where, others) => {
    const starting = NestFactory.create({ module: class App {}, imports: [Feature, ...others] }, unlogged);
    await expect(starting).rejects.toThrow(/^SkreaverWsModule is imported without forRoot.*exports SkreaverWsModule/);
  });
});

describe('the hooks of a lazily loaded module', () => {
  it('are called from the next connection on', async () => {
    const arrived: string[] = [];
    @Injectable()
    class Arrivals {
      @OnConnect()
      note({ connection }: ConnectEvent): void {
        arrived.push(connection.id);
      }
    }
    @Module({ providers: [Arrivals] })
    class ArrivalsModule {}
    const app = await startApp();
    const ids = () => app.registry.list().map(({ id }) => id);
    await (await app.connect()).settle();
    const before = ids();
    await app.app.get(LazyModuleLoader).load(() => ArrivalsModule);
    await (await app.connect()).settle();
    expect(arrived).toEqual(ids().filter((id) => !before.includes(id)));
  });

  it('on a request-scoped provider are rejected, with the cause in the log once', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      @OnConnect()
      note(): void {}
    }
    @Module({ providers: [Scoped] })
    class ScopedModule {}
    const app = await startApp();
    await app.app.get(LazyModuleLoader).load(() => ScopedModule);
    for (let times = 0; times < 2; times += 1) await (await app.connect()).settle();
    const said = app.log.lines.filter(({ level }) => level === 'error').map(({ values }) => String(values[0]));
    expect(said).toEqual([expect.stringContaining('@OnConnect() stands on Scoped.note, a request-scoped')]);
  });
});

describe('a lazily loaded module', () => {
  @Injectable()
  class Dependency {
    readonly word = 'late';
  }
  @Injectable()
  class Late {
    constructor(private readonly dependency: Dependency) {}

    @WsRequest('late')
    late(): string {
      return this.dependency.word;
    }
  }
  @Module({ providers: [Dependency, Late] })
  class LateModule {}

  it('answers requests by its @WsRequest methods once it is loaded', async () => {
    const app = await startApp();
    const client = await app.connect();
    const notFound = { status: 'error', error: { code: 'METHOD_NOT_FOUND' } };
    expect((await client.request('late')).data).toMatchObject(notFound);
    const loading = app.app.get(LazyModuleLoader).load(() => LateModule);
    client.send({ type: 'request', data: { method: 'late' } });
    await loading;
    expect((await client.request('late')).data).toEqual({ status: 'success', result: 'late' });
    expect((await client.request('nowhere')).data).toMatchObject(notFound);
  });

  it('is rejected, with the cause in the log, when its method has the name of another, which stays', async () => {
    @Injectable()
    class Ping {
      @WsRequest('ping')
      ping(): string {
        return 'mine';
      }
    }
    @Module({ providers: [Ping] })
    class PingModule {}
    const app = await startApp();
    const client = await app.connect();
    await app.app.get(LazyModuleLoader).load(() => PingModule);
    expect((await client.request('nowhere')).data).toMatchObject({ error: { code: 'METHOD_NOT_FOUND' } });
    await client.request('nowhere');
    expect((await client.request('ping')).data).toMatchObject({ result: { timestamp: expect.any(Number) as number } });
    const said = app.log.lines.filter(({ level }) => level === 'error').map(({ values }) => String(values[0]));
    expect(said).toEqual([expect.stringContaining("@WsRequest('ping') stands on Ping.ping and on another method")]);
  });
});

describe('RequestMethods', () => {
  it('is injected, and describes methods of the module, of providers and of lazily loaded modules', async () => {
    class Query {
      @IsString()
      word!: string;
    }
    @Injectable()
    class Search {
      @WsRequest('search')
      async *search(@MessageBody() { word }: Query): AsyncGenerator<string> {
        yield word;
      }
    }
    @Module({ providers: [Search] })
    class SearchModule {}
    const app = await startApp();
    const methods = app.app.get(RequestMethods);
    expect(methods.describe().map(({ method, builtIn }) => [method, builtIn])).toEqual(
      ['cancel', 'get_stats', 'history', 'ping', 'presence', 'presence_stats', 'publish', 'subscriptions'].map(
        (method) => [method, true],
      ),
    );
    expect(methods.describe().filter(({ params }) => params === undefined)).toEqual(
      ['get_stats', 'ping', 'subscriptions'].map((method) => expect.objectContaining({ method })),
    );
    expect(methods.describe()).toContainEqual({
      method: 'cancel',
      provider: 'BuiltInRequests',
      handler: 'cancel',
      builtIn: true,
      streaming: false,
      params: { type: 'object', properties: { correlation_id: { type: 'string' } }, required: ['correlation_id'] },
    });
    await app.app.get(LazyModuleLoader).load(() => SearchModule);
    expect(methods.describe()).toContainEqual({
      method: 'search',
      provider: 'Search',
      handler: 'search',
      builtIn: false,
      streaming: true,
      params: { title: 'Query', type: 'object', properties: { word: { type: 'string' } }, required: ['word'] },
    });
  });
});
