import type { Server } from 'node:http';
import { PassThrough } from 'node:stream';
import { Controller, Get, type INestApplication, VersioningType } from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { MessageBody } from '@nestjs/websockets';
import { CloseCode } from '@skreaver/protocol';
import { SkreaverWsModule, type SkreaverWsOptions, SubscriptionService, WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { type TestApp, hostApp } from '../support/host-app.js';
import { expectRefusal } from '../support/refused-upgrade.js';

@Controller('news')
class NewsController {
  constructor(private readonly subscriptions: SubscriptionService) {}

  @Get()
  async publish(): Promise<object> {
    return this.subscriptions.broadcast('news', 'hello');
  }

  @WsRequest('twice')
  twice(@MessageBody() { n }: { n: number }): number {
    return 2 * n;
  }
}

const adapters = {
  Express: () => new ExpressAdapter(),
  Fastify: () => new FastifyAdapter(),
  'Fastify with trustProxy': () => new FastifyAdapter({ trustProxy: true }),
};

type Prepare = (app: INestApplication) => unknown;

const start = (
  adapter: keyof typeof adapters,
  prepare: Prepare = () => undefined,
  options: SkreaverWsOptions = {},
): Promise<TestApp> =>
  hostApp(
    { imports: [SkreaverWsModule.forRoot(options)], controllers: [NewsController] },
    { adapter: adapters[adapter](), prepare, path: options.path },
  );

describe.each(['Express', 'Fastify'] as const)('on %s', (adapter) => {
  it('the module serves events, requests, a plain GET and an unknown path, and drains', async () => {
    const { app, connect, httpUrl, port } = await start(adapter);
    const client = await connect();
    await client.subscribe('news');
    expect(await (await fetch(`${httpUrl}/news`)).json()).toEqual({ delivered: 1 });
    expect((await client.next('event')).data).toBe('hello');
    expect((await client.request('twice', { n: 21 })).data).toEqual({ status: 'success', result: 42 });
    expect((await fetch(`${httpUrl}/ws`)).status).toBe(426);
    await expectRefusal(port, { target: '/other' }, { status: 404, code: 'NOT_FOUND' });
    await app.close();
    expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
  });

  it.each<[string, Prepare, string]>([
    ['a global prefix', (app) => app.setGlobalPrefix('api'), '/api/news'],
    [
      'versions in the URI',
      (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
      '/v1/news',
    ],
    [
      'versions in a header',
      (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version', defaultVersion: '1' }),
      '/news',
    ],
  ])('%s changes the paths of controllers, not that of WebSockets', async (_feature, prepare, route) => {
    const { connect, httpUrl } = await start(adapter, prepare);
    const client = await connect();
    await client.subscribe('news');
    expect(await (await fetch(`${httpUrl}${route}`, { headers: { 'X-Version': '1' } })).json()).toEqual({
      delivered: 1,
    });
    expect((await fetch(`${httpUrl}/ws`)).status).toBe(426);
  });

  it('the path may be below the global prefix', async () => {
    const { connect } = await start(adapter, (app) => app.setGlobalPrefix('api'), { path: '/api/ws' });
    expect((await (await connect()).request('twice', { n: 1 })).data).toMatchObject({ result: 2 });
  });

  it('enableCors opens nothing to WebSockets: their origins are those of allowedOrigins', async () => {
    const cors: Prepare = (app) => app.enableCors({ origin: '*' });
    const fromElsewhere = { target: '/ws', headers: { Origin: 'https://app.example.com' } };
    const closed = await start(adapter, cors);
    await expectRefusal(closed.port, fromElsewhere, { status: 403, code: 'ORIGIN_NOT_ALLOWED' });
    const open = await start(adapter, cors, { allowedOrigins: ['https://app.example.com'] });
    await (await open.connect('', { origin: 'https://app.example.com' })).settle();
  });

  it('an upgrade that another listener makes up, over no connection, is left to it', async () => {
    const { app } = await start(adapter);
    const server: Server = app.getHttpServer();
    const seen: unknown[] = [];
    server.on('upgrade', ({ url }) => seen.push(url));
    const headers = { connection: 'upgrade', upgrade: 'websocket' };
    for (const url of ['/ws', '/other']) server.emit('upgrade', { method: 'GET', url, headers }, new PassThrough(), '');
    expect(seen).toEqual(['/ws', '/other']);
    await app.close();
  });

  it('middleware of app.use sees requests, and no upgrades', async () => {
    const seen: string[] = [];
    const { connect, httpUrl } = await start(adapter, (app) =>
      app.use((request: { url: string }, _response: unknown, next: () => void) => {
        seen.push(request.url);
        next();
      }),
    );
    await (await connect()).settle();
    await fetch(`${httpUrl}/news`);
    expect(seen).toEqual(['/news']);
  });
});

describe.each(['Express', 'Fastify with trustProxy'] as const)('the proxies that %s trusts', (adapter) => {
  const trust: Prepare = (app) => {
    if (adapter === 'Express') (app as NestExpressApplication).set('trust proxy', true);
  };
  const addressOf = async ({ connect, registry }: TestApp): Promise<string | undefined> => {
    await (await connect('', { headers: { 'X-Forwarded-For': '203.0.113.9' } })).settle();
    return registry.list()[0]?.clientAddress;
  };

  it('are not those of WebSockets, which are the option trustedProxies', async () => {
    expect(await addressOf(await start(adapter, trust))).toBe('127.0.0.1');
    expect(await addressOf(await start(adapter, trust, { trustedProxies: ['loopback'] }))).toBe('203.0.113.9');
  });
});
