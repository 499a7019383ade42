import type { Socket } from 'node:net';
import { Body, Controller, Get, Header, Injectable, Post } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { SubscriptionService, WsRequest } from '@skreaver/nestjs-ws';
import { freePort } from '../../support/free-port.js';
import { type TestApp, startApp, testAuth } from '../../support/test-app.js';
import type { Addresses } from './scenario.js';

const PAGE = '<!doctype html><title>client</title><script type="module" src="/client.js"></script>';
const MISSED = ['missed 1', 'missed 2'];

/** What the scenario needs of a server, which takes its report too. */
export interface ScenarioServer {
  readonly app: TestApp;
  readonly addresses: Addresses;
  /** What the scenario has seen. */
  readonly report: Promise<unknown>;
}

/** @param scriptFor the scenario as a script for a page */
export async function startScenarioServer(
  scriptFor: (addresses: Addresses) => Promise<string>,
): Promise<ScenarioServer> {
  const sockets = new Set<Socket>();
  let take: (seen: unknown) => void;
  const report = new Promise((resolve) => {
    take = resolve;
  });

  @Injectable()
  class Methods {
    constructor(private readonly subscriptions: SubscriptionService) {}

    @WsRequest('double')
    double(@MessageBody('n') n: number): number {
      return n * 2;
    }

    @WsRequest('count')
    async *count(@MessageBody('to') to: number): AsyncGenerator<number, { counted: number }> {
      for (let n = 1; n <= to; n += 1) yield n;
      return { counted: to };
    }

    /** Cuts the connections without a close frame, as a network does, and publishes while nobody is there. */
    @WsRequest('cut')
    async cut(): Promise<void> {
      const gone = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of sockets) socket.resetAndDestroy();
      await Promise.all(gone);
      for (const text of MISSED) await this.subscriptions.broadcast('news', text);
    }

    @WsRequest('dismiss')
    async dismiss(): Promise<void> {
      await this.subscriptions.disconnectUser('alice');
    }
  }

  @Controller()
  class PageController {
    @Get()
    @Header('Content-Type', 'text/html')
    html(): string {
      return PAGE;
    }

    @Get('client.js')
    @Header('Content-Type', 'text/javascript')
    script(): Promise<string> {
      return scriptFor(addresses);
    }

    @Post('report')
    report(@Body() seen: unknown): void {
      take(seen);
    }
  }

  const channels = { news: { history: { size: 100, ttl: 60_000 }, clientPublish: true } };
  const app = await startApp(
    { ...testAuth, reconnectWindow: 300, channels },
    { providers: [Methods], controllers: [PageController] },
    {
      prepare: (host) =>
        host.getHttpServer().on('connection', (socket: Socket) => {
          sockets.add(socket);
          socket.once('close', () => sockets.delete(socket));
        }),
    },
  );
  const nobody = `ws://127.0.0.1:${await freePort()}/ws`;
  const addresses = { url: app.url, nobody, report: `${app.httpUrl}/report` };
  return { app, addresses, report };
}
