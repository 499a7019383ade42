import type { AddressInfo, Server } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { packageVersion } from '../package-version.js';
import type { PeerServer } from '../peer-server.js';
import { BenchGateway } from './bench.gateway.js';
import { ThrottleGuard } from './throttle.guard.js';
import { TokenGuard } from './token.guard.js';
import { Users } from './users.js';

@Module({ providers: [BenchGateway, ThrottleGuard, TokenGuard, Users] })
class StockModule {}

/** Starts Nest's `WsAdapter` with a gateway, a token guard, a rate guard and the `ValidationPipe`. */
export async function startStockNest(): Promise<PeerServer> {
  const app = await NestFactory.create(StockModule, { logger: ['error', 'warn'], abortOnError: false });
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(0, '127.0.0.1');
  const gateway = app.get(BenchGateway);
  return {
    port: ((app.getHttpServer() as Server).address() as AddressInfo).port,
    versions: {
      '@nestjs/core': packageVersion('@nestjs/core'),
      '@nestjs/platform-ws': packageVersion('@nestjs/platform-ws'),
    },
    changed: [],
    publish: (channel, event) => gateway.publish(channel, event),
  };
}
