import { Injectable, Module } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { SkreaverWsModule, SubscriptionService, WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';

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
    const app = await NestFactory.create(App, { logger: false, abortOnError: false });
    await app.init();
    expect(app.get(Publisher).subscriptions).toBe(app.get(SubscriptionService));
    await app.close();
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
