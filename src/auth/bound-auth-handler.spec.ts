import 'reflect-metadata';
import { Inject, Injectable, type ModuleMetadata, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CapturedLog } from '../../test/support/captured-log.js';
import { TestAuthHandler } from '../../test/support/test-app.js';
import { AuthHandler, SkreaverWsModule } from '../index.js';
import { Authenticator } from './authenticator.js';

@Injectable({ scope: Scope.REQUEST })
class PerRequest extends TestAuthHandler {}

@Injectable({ scope: Scope.REQUEST })
class Tenant {}

@Injectable()
class OfTenant extends TestAuthHandler {
  constructor(@Inject(Tenant) readonly tenant: Tenant) {
    super();
  }
}

class OfHandshakes extends TestAuthHandler {
  override authenticateHandshake(): undefined {}
}

@Injectable()
class Dashboard {
  constructor(@Inject(AuthHandler) readonly handler: AuthHandler) {}
}

/** As a JavaScript application would write it. */
const forRoot = (options: object) => SkreaverWsModule.forRoot(options);

const exporting = (...providers: NonNullable<ModuleMetadata['providers']>) => ({
  module: class Feature {},
  providers,
  exports: providers,
});

const start = async (metadata: ModuleMetadata) => {
  const app = await NestFactory.create(
    { module: class AppModule {}, ...metadata },
    { logger: new CapturedLog(), abortOnError: false },
  );
  onTestFinished(() => app.close());
  return app.init();
};

const faults: readonly (readonly [string, () => ModuleMetadata, RegExp])[] = [
  [
    'a factory that returns undefined',
    () => ({ imports: [forRoot({ authHandler: { useFactory: () => undefined } })] }),
    /AuthHandler is undefined.*Let its factory return/,
  ],
  [
    'a factory that resolves to null',
    () => ({ imports: [forRoot({ authHandler: { useFactory: async () => null } })] }),
    /AuthHandler is null.*Let its factory return/,
  ],
  [
    'an imported provider that is undefined',
    () => ({
      imports: [forRoot({ imports: [exporting({ provide: AuthHandler, useFactory: async () => undefined })] })],
    }),
    /AuthHandler is undefined.*Let its factory return/,
  ],
  [
    'a factory that returns something else',
    () => ({ imports: [forRoot({ authHandler: { useFactory: () => ({ authenticate: () => 'alice' }) } })] }),
    /AuthHandler has no authenticate\(\) and checkPermission\(\)/,
  ],
  [
    'a request-scoped class',
    () => ({ imports: [forRoot({ authHandler: { useClass: PerRequest } })] }),
    /request-scoped.*default scope/,
  ],
  [
    'a class that depends on something request-scoped',
    () => ({ imports: [forRoot({ imports: [exporting(Tenant)], authHandler: { useClass: OfTenant } })] }),
    /request-scoped.*default scope/,
  ],
  [
    'an existing provider that is request-scoped',
    () => ({ imports: [forRoot({ imports: [exporting(PerRequest)], authHandler: { useExisting: PerRequest } })] }),
    /request-scoped.*default scope/,
  ],
  [
    'a request-scoped provider of an imported module',
    () => ({ imports: [forRoot({ imports: [exporting({ provide: AuthHandler, useClass: PerRequest })] })] }),
    /request-scoped.*default scope/,
  ],
  [
    'a request-scoped provider of the application',
    () => ({ imports: [forRoot({})], providers: [{ provide: AuthHandler, useClass: PerRequest }] }),
    /request-scoped.*default scope/,
  ],
  [
    'a provider of the application that the module cannot see',
    () => ({ imports: [forRoot({})], providers: [{ provide: AuthHandler, useClass: TestAuthHandler }] }),
    /cannot see it.*option imports/,
  ],
  [
    'one that looks at handshakes while pages of any origin may connect',
    () => ({ imports: [forRoot({ allowedOrigins: ['*'], authHandler: { useClass: OfHandshakes } })] }),
    /authenticateHandshake\(\), and allowedOrigins has "\*".*List the origins/,
  ],
  [
    'a subclass under its own token',
    () => ({ imports: [forRoot({})], providers: [TestAuthHandler] }),
    /TestAuthHandler is an AuthHandler, but.*\{ useClass: TestAuthHandler \}/,
  ],
  [
    'a request-scoped subclass under its own token',
    () => ({ imports: [forRoot({})], providers: [PerRequest] }),
    /PerRequest is an AuthHandler, but/,
  ],
  [
    'an instance under a token of its own',
    () => ({ imports: [forRoot({})], providers: [{ provide: 'AUTH', useFactory: async () => new TestAuthHandler() }] }),
    /AUTH is an AuthHandler, but/,
  ],
];

describe('the start is refused, with a sentence that says what to do, for an AuthHandler that is', () => {
  it.each(faults)('%s', async (_what, metadata, sentence) => {
    await expect(start(metadata())).rejects.toThrow(sentence);
  });

  it.each([
    ['null', null],
    ['a class instead of a source', TestAuthHandler],
    ['a class that a circular import left undefined', { useClass: undefined }],
    ['a misspelt source', { useclass: TestAuthHandler }],
  ])('given as %s', (_what, authHandler) => {
    expect(() => forRoot({ authHandler })).toThrow(/authHandler names no AuthHandler; give \{ useClass \}/);
  });
});

describe('an AuthHandler', () => {
  it('may be transient, and may be an object with both methods', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient extends TestAuthHandler {}
    const plain = { authenticate: () => 'alice', checkPermission: () => true };
    for (const authHandler of [{ useClass: Transient }, { useFactory: () => plain }, { useValue: plain }]) {
      const app = await start({ imports: [forRoot({ authHandler })] });
      expect(app.get(Authenticator, { strict: false }).isEnabled).toBe(true);
    }
  });

  it('is missing only if there is none at all, and then everybody is anonymous', async () => {
    for (const options of [{}, { authHandler: undefined }]) {
      const app = await start({ imports: [forRoot(options)] });
      expect(app.get(Authenticator, { strict: false }).isEnabled).toBe(false);
    }
  });

  it('is exported for the application to inject if it is an option', async () => {
    const app = await start({
      imports: [forRoot({ isGlobal: true, authHandler: { useClass: TestAuthHandler } }), exporting(Dashboard)],
    });
    expect(app.get(Dashboard, { strict: false }).handler).toBeInstanceOf(TestAuthHandler);
  });
});
