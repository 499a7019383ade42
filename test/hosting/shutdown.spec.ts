import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CloseCode } from '@skreaver/protocol';
import { SkreaverWsModule, SubscriptionService, WsError } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { type TestApp, hostApp } from '../support/host-app.js';

/** Publishes in each hook of a shutdown. */
@Injectable()
class LastWords implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly refused: string[] = [];

  constructor(@Inject(SubscriptionService) private readonly subscriptions: SubscriptionService) {}

  onModuleDestroy = (): Promise<void> => this.say('onModuleDestroy');
  beforeApplicationShutdown = (): Promise<void> => this.say('beforeApplicationShutdown');
  onApplicationShutdown = (): Promise<void> => this.say('onApplicationShutdown');

  private async say(hook: string): Promise<void> {
    try {
      await this.subscriptions.broadcast('news', hook);
    } catch (error) {
      this.refused.push(`${hook}: ${(error as WsError).code}`);
    }
  }
}

@Module({ providers: [LastWords], exports: [LastWords] })
class WithGlobal {}

const once = SkreaverWsModule.forRoot();

@Module({ imports: [once], providers: [LastWords], exports: [LastWords] })
class WithImport {}

const places: readonly (readonly [string, ModuleMetadata])[] = [
  ['the root module', { imports: [SkreaverWsModule.forRoot()], providers: [LastWords] }],
  ['a module that imports it', { imports: [once, WithImport] }],
  ['a module beside it', { imports: [SkreaverWsModule.forRoot({ isGlobal: true }), WithGlobal] }],
  [
    'a module of its option imports',
    { imports: [SkreaverWsModule.forRoot({ isGlobal: true, imports: [WithGlobal] })] },
  ],
  ['a module before it', { imports: [WithGlobal, SkreaverWsModule.forRoot({ isGlobal: true })] }],
];

/** @returns the events that a subscriber gets from the start of the shutdown to its close, and the code of that */
async function lastWords({ app, connect }: TestApp): Promise<{ events: unknown[]; code: number }> {
  const client = await connect();
  await client.subscribe('news');
  await app.close();
  const { code } = await client.closed;
  return { events: client.received.flatMap((message) => (message.type === 'event' ? [message.data] : [])), code };
}

describe('the hooks of a shutdown', () => {
  it.each(places)(
    'publish from %s until the module closes the connections, and are refused then',
    async (_where, metadata) => {
      const hosted = await hostApp(metadata);
      const { events, code } = await lastWords(hosted);
      expect(events).toEqual(['onModuleDestroy', 'beforeApplicationShutdown']);
      expect(code).toBe(CloseCode.ServiceRestart);
      expect(hosted.app.get(LastWords, { strict: false }).refused).toEqual(['onApplicationShutdown: SERVICE_RESTART']);
    },
  );

  it('run alike on Fastify', async () => {
    const hosted = await hostApp(
      { imports: [SkreaverWsModule.forRoot()], providers: [LastWords] },
      { adapter: new FastifyAdapter() },
    );
    expect((await lastWords(hosted)).events).toEqual(['onModuleDestroy', 'beforeApplicationShutdown']);
  });
});
