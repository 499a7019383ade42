import { Test } from '@nestjs/testing';
import { AuthHandler } from '@skreaver/nestjs-ws';
import { TestAuthHandler, connect } from '@skreaver/nestjs-ws/testing';
import { expect, it, vi } from 'vitest';
import { AppModule } from './app.module.js';

it('closes a session an hour after the login', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(AuthHandler)
    .useValue(new TestAuthHandler())
    .compile();
  const app = module.createNestApplication();

  const client = await connect(app, {
    as: { userId: 'ann', expiresAt: new Date(Date.now() + 3_600_000) },
    advanceTimers: (ms) => vi.advanceTimersByTimeAsync(ms),
  });
  await client.expectNothing(3_600_000);
  await client.passTime(60_000); // with `expiryGrace`
  expect((await client.closed).code).toBe(4004);

  await app.close();
  vi.useRealTimers();
});
