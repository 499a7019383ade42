import 'reflect-metadata';
import type { INestApplication, ModuleMetadata, NestApplicationOptions } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ConnectionRegistry, SubscriptionService } from '@skreaver/nestjs-ws';
import { onTestFinished } from 'vitest';
import type { ClientOptions } from 'ws';
import { ConnectionTable } from '../../src/connection/index.js';
import { CapturedLog } from './captured-log.js';
import { TestClient } from './test-client.js';

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

export interface Hosting {
  /** The path of the WebSockets. Default: `/ws`. */
  readonly path?: string | undefined;
  /** Default: that of Express. */
  readonly adapter?: AbstractHttpAdapter;
  /** Serves `wss` and `https` with these options. */
  readonly https?: NonNullable<NestApplicationOptions['httpsOptions']>;
  /** What `main.ts` would do before `listen`. */
  readonly prepare?: (app: INestApplication) => unknown;
}

/** A Nest application that registers the module by itself, on a free port; closed when the test ends. */
export async function hostApp(metadata: ModuleMetadata, hosting: Hosting = {}): Promise<TestApp> {
  const log = new CapturedLog();
  const { adapter, https } = hosting;
  const options = { logger: log, abortOnError: false, ...(https === undefined ? {} : { httpsOptions: https }) };
  const appModule = { ...metadata, module: class AppModule {} };
  const app = await (adapter === undefined
    ? NestFactory.create(appModule, options)
    : NestFactory.create(appModule, adapter, options));
  onTestFinished(() => app.close());
  await hosting.prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const secure = https === undefined ? '' : 's';
  const url = `ws${secure}://127.0.0.1:${port}${hosting.path ?? '/ws'}`;
  return {
    app,
    log,
    port,
    url,
    httpUrl: `http${secure}://127.0.0.1:${port}`,
    registry: app.get(ConnectionRegistry, { strict: false }),
    table: app.get(ConnectionTable, { strict: false }),
    subscriptions: app.get(SubscriptionService, { strict: false }),
    connect: (query = '', clientOptions = {}) => TestClient.open(`${url}${query}`, clientOptions),
  };
}
