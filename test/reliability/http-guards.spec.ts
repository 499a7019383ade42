import { type CanActivate, type ExecutionContext, Injectable, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';

@Injectable()
class Greeter {
  @WsRequest('greet')
  greet(): string {
    return 'hello';
  }
}

const greeting = { status: 'success', result: 'hello' };

async function guarded(guard: new (...args: never[]) => CanActivate, options?: ThrottlerModuleOptions) {
  const providers: Provider[] = [Greeter, { provide: APP_GUARD, useClass: guard }];
  const imports = options === undefined ? [] : [ThrottlerModule.forRoot(options)];
  return startApp({ trustedProxies: ['127.0.0.1'] }, { imports, providers });
}

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

describe('an APP_GUARD made for HTTP', () => {
  class ApiKeyGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>();
      return headers['x-key'] === 'secret';
    }
  }

  it('refuses every message with INTERNAL_ERROR, and is named in the log with what to do', async () => {
    const app = await guarded(ApiKeyGuard);
    const client = await app.connect();
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'error', data: { code: 'INTERNAL_ERROR' } });
    expect((await client.request('greet')).data).toMatchObject({ error: { code: 'INTERNAL_ERROR' } });
    expect(app.log.of('guard failed')).toMatchObject([
      { guard: 'ApiKeyGuard', hint: expect.stringContaining("if (context.getType() === 'ws') return true;") as string },
    ]);
  });

  it('is named too when it is asynchronous', async () => {
    class Slow implements CanActivate {
      async canActivate(context: ExecutionContext): Promise<boolean> {
        await Promise.resolve();
        return new ApiKeyGuard().canActivate(context);
      }
    }
    const app = await guarded(Slow);
    expect(await (await app.connect()).ask({ type: 'ping' })).toMatchObject({ data: { code: 'INTERNAL_ERROR' } });
    expect(app.log.of('guard failed')).toMatchObject([{ guard: 'Slow' }]);
  });

  it('lets messages pass by their type', async () => {
    class HttpOnly extends ApiKeyGuard {
      override canActivate(context: ExecutionContext): boolean {
        return context.getType() === 'ws' || super.canActivate(context);
      }
    }
    const client = await (await guarded(HttpOnly)).connect();
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
    expect((await client.request('greet')).data).toEqual(greeting);
  });

  it('finds no word of the client in the place of the response', async () => {
    class ByLocals implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        const response = context.switchToHttp().getResponse<{ locals?: { isAdmin?: boolean } }>();
        return response.locals?.isAdmin === true;
      }
    }
    const client = await (await guarded(ByLocals)).connect();
    const answer = (await client.request('greet', { locals: { isAdmin: true } })).data;
    expect(answer).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
  });
});

describe('ThrottlerGuard of @nestjs/throttler as an APP_GUARD', () => {
  const throttlers = [{ ttl: 60_000, limit: 2 }];

  it('limits each method for each address, with RATE_LIMIT_EXCEEDED', async () => {
    const app = await guarded(ThrottlerGuard, { throttlers });
    const [client, other] = [await app.connect('', from('198.51.100.1')), await app.connect('', from('198.51.100.2'))];
    for (let times = 0; times < 2; times += 1) expect((await client.request('greet')).data).toEqual(greeting);
    expect((await client.request('greet')).data).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
    expect((await other.request('greet')).data).toEqual(greeting);
    expect(app.log.of('guard failed')).toEqual([]);
  });

  it('leaves messages to the limits of the module with skipIf', async () => {
    const skipIf = (context: ExecutionContext): boolean => context.getType() === 'ws';
    const client = await (await guarded(ThrottlerGuard, { throttlers, skipIf })).connect();
    for (let times = 0; times < 5; times += 1) {
      expect((await client.request('greet')).data).toEqual(greeting);
      expect((await client.ask({ type: 'ping' })).type).toBe('pong');
    }
  });
});
