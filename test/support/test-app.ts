import 'reflect-metadata';
import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  AuthHandler,
  ConnectionRegistry,
  type Handshake,
  type Identity,
  SkreaverWsModule,
  type SkreaverWsModuleOptions,
  SubscriptionService,
} from '@skreaver/nestjs-ws';
import { onTestFinished } from 'vitest';
import type { ClientOptions } from 'ws';
import { ConnectionTable } from '../../src/connection/index.js';
import { CapturedLog } from './captured-log.js';
import { TestClient } from './test-client.js';

/** Bounds that a test of something else should not meet. */
const ROOMY = {
  maxConnectionsPerIp: 1000,
  connectRatePerIp: 10_000,
  connectBurstPerIp: 10_000,
  authFailuresPerIp: 10_000,
  messageRate: 10_000,
  messageBurst: 10_000,
} as const;

export interface TestApp {
  readonly app: INestApplication;
  readonly log: CapturedLog;
  readonly port: number;
  /** `ws://127.0.0.1:…/ws` */
  readonly url: string;
  readonly httpUrl: string;
  readonly registry: ConnectionRegistry;
  /** The connections as the module itself sees them. */
  readonly table: ConnectionTable;
  readonly subscriptions: SubscriptionService;
  /** @param query such as `?token=alice` */
  readonly connect: (query?: string, options?: ClientOptions & { protocols?: string[] }) => Promise<TestClient>;
}

/** A real Nest application on a free port, closed when the test ends. */
export async function startApp(options: SkreaverWsModuleOptions = {}, metadata: ModuleMetadata = {}): Promise<TestApp> {
  @Module({})
  class AppModule {}
  const log = new CapturedLog();
  const imports = [...(metadata.imports ?? []), SkreaverWsModule.forRoot({ ...ROOMY, ...options })];
  const app = await NestFactory.create(
    { ...metadata, module: AppModule, imports },
    { logger: log, abortOnError: false },
  );
  await app.listen(0, '127.0.0.1');
  onTestFinished(() => app.close());
  const { port } = app.getHttpServer().address() as { port: number };
  const url = `ws://127.0.0.1:${port}${options.path ?? '/ws'}`;
  return {
    app,
    log,
    port,
    url,
    httpUrl: `http://127.0.0.1:${port}`,
    registry: app.get(ConnectionRegistry),
    table: app.get(ConnectionTable),
    subscriptions: app.get(SubscriptionService),
    connect: (query = '', clientOptions = {}) => TestClient.open(`${url}${query}`, clientOptions),
  };
}

/**
 * Takes `token-<user>` for the user, `expires-<ms>-<user>` with an expiry so many ms from now; refuses the rest. A user may
 * do everything except in channels that begin with `private-<someone else>`.
 */
export class TestAuthHandler extends AuthHandler {
  override authenticate(token: string, _handshake: Handshake): string | Identity {
    const expiring = /^expires-(-?\d+)-(.+)$/.exec(token);
    if (expiring) return { userId: expiring[2] as string, expiresAt: new Date(Date.now() + Number(expiring[1])) };
    const user = /^token-(.+)$/.exec(token)?.[1];
    if (user === undefined) throw new Error(`bad token ${token}`);
    return user;
  }

  override checkPermission(userId: string, channel: string): boolean | Promise<boolean> {
    return !channel.startsWith('private-') || channel === `private-${userId}`;
  }
}

export const testAuth = { authHandler: { useClass: TestAuthHandler } } as const;
