import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { CloseCode } from '@skreaver/protocol';
import { SkreaverWsModule, SkreaverWsServers, SubscriptionService } from '@skreaver/nestjs-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { CapturedLog } from '../support/captured-log.js';
import { RawClient } from '../support/raw-client.js';
import { upgradeHead } from '../support/raw-frames.js';
import { preSharedKey } from '../support/pre-shared-key.js';
import { TestClient } from '../support/test-client.js';

@WebSocketGateway({ path: '/chat' })
class ChatGateway {
  @SubscribeMessage('say')
  say(@MessageBody() text: string): object {
    return { event: 'said', data: text };
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return server;
}

/** An application that was initialised, and does not listen by itself, as Nest's documentation on multiple servers shows. */
async function initialised() {
  const log = new CapturedLog();
  const app = await NestFactory.create(
    { module: class AppModule {}, imports: [SkreaverWsModule.forRoot()], providers: [ChatGateway] },
    { logger: log, abortOnError: false },
  );
  onTestFinished(() => app.close());
  await app.init();
  const listener = app.getHttpAdapter().getInstance() as () => void;
  return { app, log, listener, servers: app.get(SkreaverWsServers) };
}

async function withHttpAndHttps() {
  const { app, servers, listener } = await initialised();
  const plain = await listening(createServer(listener));
  const secure = await listening(createSecureServer(preSharedKey.server, listener));
  servers.attach(plain);
  servers.attach(secure);
  const connect = async (scheme: string, server: Server, options: ClientOptions = {}): Promise<TestClient> =>
    TestClient.open(`${scheme}://127.0.0.1:${portOf(server)}/ws`, options);
  const clients = [await connect('ws', plain), await connect('wss', secure, preSharedKey.client)] as const;
  return { app, servers, plain, secure, clients };
}

describe('servers of the application, attached after app.init()', () => {
  it('serve WebSockets over HTTP and HTTPS, in one registry', async () => {
    const { app, clients } = await withHttpAndHttps();
    for (const client of clients) await client.subscribe('news');
    expect(await app.get(SubscriptionService).broadcast('news', 'hello')).toEqual({ delivered: 2 });
    for (const client of clients) expect((await client.next('event')).data).toBe('hello');
  });

  it('serve other gateways of the application, 404 for other paths and 426 for a plain GET', async () => {
    const { plain } = await withHttpAndHttps();
    const chat = new WebSocket(`ws://127.0.0.1:${portOf(plain)}/chat`);
    onTestFinished(() => chat.terminate());
    await once(chat, 'open');
    chat.send('{"event":"say","data":"hello"}');
    const [said] = (await once(chat, 'message')) as [Buffer];
    expect(said.toString()).toBe('{"event":"said","data":"hello"}');
    const stranger = await RawClient.open(portOf(plain));
    stranger.write(upgradeHead({ target: '/nobody' }));
    expect((await stranger.httpAnswer()).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${portOf(plain)}/ws`)).status).toBe(426);
  });

  it('are drained and closed by app.close()', async () => {
    const { app, plain, secure, clients } = await withHttpAndHttps();
    await app.close();
    for (const client of clients) expect((await client.closed).code).toBe(CloseCode.ServiceRestart);
    expect([plain.listening, secure.listening]).toEqual([false, false]);
    expect([plain, secure].map((server) => server.listenerCount('upgrade'))).toEqual([0, 0]);
  });

  it('may be attached again, and closed by the application itself', async () => {
    const { app, servers, plain } = await withHttpAndHttps();
    servers.attach(plain);
    expect(plain.listenerCount('upgrade')).toBe(1);
    plain.close();
    await app.close();
  });

  it('can be attached neither before app.init() nor after app.close(), which says so', async () => {
    const app = await NestFactory.create(
      { module: class AppModule {}, imports: [SkreaverWsModule.forRoot()] },
      { logger: false },
    );
    const servers = app.get(SkreaverWsServers);
    const sentence = /between app\.init\(\) and app\.close\(\)/;
    expect(() => servers.attach(createServer())).toThrow(sentence);
    await app.init();
    await app.close();
    expect(() => servers.attach(createServer())).toThrow(sentence);
  });
});

describe('a server that is not attached', () => {
  it('answers an upgrade with the cause, which the log says with the remedy', async () => {
    const { log, listener } = await initialised();
    const server = await listening(createServer(listener));
    const client = await RawClient.open(portOf(server));
    client.write(upgradeHead({ target: '/ws' }));
    const answer = await client.httpAnswer();
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      426,
      { code: 'UPGRADE_REQUIRED', message: expect.stringContaining('not attached to SkreaverWsModule') as string },
    ]);
    expect(log.of('an HTTP server is not attached')).toMatchObject([
      { msg: 'an HTTP server is not attached', hint: expect.stringContaining('SkreaverWsServers') as string },
    ]);
  });
});
