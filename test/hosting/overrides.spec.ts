import type { INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { AuthHandler, type ResolvedConfig, SKREAVER_WS_CONFIG, SkreaverWsConfig } from '@skreaver/nestjs-ws';
import { SkreaverWsModule } from '@skreaver/nestjs-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestClient } from '../support/test-client.js';
import { TestAuthHandler, testAuth } from '../support/test-app.js';

const testing = () =>
  Test.createTestingModule({
    imports: [SkreaverWsModule.forRoot({ ...testAuth, path: '/live', maxConnections: 500 })],
  });

type Overridden = ReturnType<typeof testing>;

async function start(overridden: Overridden): Promise<INestApplication> {
  const app = (await overridden.compile()).createNestApplication();
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  return app;
}

const connect = (app: INestApplication, target: string): Promise<TestClient> => {
  const { port } = app.getHttpServer().address() as { port: number };
  return TestClient.open(`ws://127.0.0.1:${port}${target}`);
};

/** The configuration that each provider of the module was given. */
function configsIn(app: INestApplication): readonly unknown[] {
  const modules = [...app.get(ModulesContainer).values()].filter(({ metatype }) => metatype === SkreaverWsModule);
  const instances = modules.flatMap(({ providers }) => [...providers.values()].map(({ instance }) => instance));
  return instances.flatMap((instance) => {
    const { config } = (instance ?? {}) as { readonly config?: unknown };
    return config === undefined ? [] : [config];
  });
}

describe('overrideProvider(SKREAVER_WS_CONFIG)', () => {
  it.each<[string, (builder: ReturnType<Overridden['overrideProvider']>) => Overridden]>([
    ['a value', (builder) => builder.useValue({ maxMessageSize: 100 })],
    ['an asynchronous factory', (builder) => builder.useFactory({ factory: async () => ({ maxMessageSize: 100 }) })],
  ])('takes plain values from %s over the defaults, as forRoot does', async (_source, override) => {
    const app = await start(override(testing().overrideProvider(SKREAVER_WS_CONFIG)));
    const client = await connect(app, '/ws?token=token-alice');
    client.send({ type: 'ping', data: 'x'.repeat(100) });
    expect((await client.next('error')).data).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  it('gives every provider of the module, and the application, the resolved configuration', async () => {
    const app = await start(testing().overrideProvider(SKREAVER_WS_CONFIG).useValue({ maxConnections: 7 }));
    const config = app.get<ResolvedConfig>(SkreaverWsConfig);
    expect(config).toMatchObject({ maxConnections: 7, path: '/ws', authTimeout: 10_000 });
    expect(Object.isFrozen(config)).toBe(true);
    const given = configsIn(app);
    expect(given.length).toBeGreaterThan(10);
    expect(new Set(given)).toEqual(new Set([config]));
  });

  it.each([
    [{ maxConnections: 0 }, /maxConnections/],
    [{ maxConections: 5 }, /maxConections.*maxConnections/],
    [undefined, /configuration/],
  ])('refuses %j with the sentence of forRoot', async (wrong, sentence) => {
    await expect(testing().overrideProvider(SKREAVER_WS_CONFIG).useValue(wrong).compile()).rejects.toThrow(sentence);
  });
});

describe('overrideProvider(AuthHandler)', () => {
  it('replaces the handler of forRoot', async () => {
    class Anyone extends TestAuthHandler {
      override authenticate(token: string): string {
        return token;
      }
    }
    const app = await start(testing().overrideProvider(AuthHandler).useClass(Anyone));
    const client = await connect(app, '/live?token=alice');
    expect((await client.subscribe('private-alice')).data).toMatchObject({ success: true });
  });
});
