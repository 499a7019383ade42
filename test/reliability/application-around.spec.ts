import type { CallHandler, CanActivate, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { WsAuthGuard } from '@skreaver/nestjs-ws';
import { EMPTY, type Observable } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startApp } from '../support/test-app.js';

describe('an enhancer of the whole application, which also runs for the messages of the protocol,', () => {
  it('sees client, message and type as an APP_GUARD, and refuses with PERMISSION_DENIED', async () => {
    const seen: unknown[] = [];
    class NoSubscribe implements CanActivate {
      async canActivate(context: ExecutionContext): Promise<boolean> {
        const ws = context.switchToWs();
        seen.push(ws.getPattern(), ws.getData<{ type: string }>().type, ws.getClient<{ id: string }>().id);
        return ws.getPattern() !== 'subscribe';
      }
    }
    const app = await startApp({}, { providers: [{ provide: APP_GUARD, useClass: NoSubscribe }] });
    const client = await app.connect();
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
    const answer = await client.ask({ type: 'subscribe', data: { channels: ['a'] } });
    expect(answer).toMatchObject({ type: 'error', data: { code: 'PERMISSION_DENIED' } });
    const id = app.registry.list()[0]?.id;
    expect(seen).toEqual(['ping', 'ping', id, 'subscribe', 'subscribe', id]);
  });

  it('neither removes nor adds an answer as an APP_INTERCEPTOR that emits nothing', async () => {
    class Ignore implements NestInterceptor {
      intercept = (_context: ExecutionContext, next: CallHandler): Observable<never> => {
        next.handle().subscribe();
        return EMPTY;
      };
    }
    const app = await startApp({}, { providers: [{ provide: APP_INTERCEPTOR, useClass: Ignore }] });
    const client = await app.connect();
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
    await client.settle();
    expect(client.received.filter(({ type }) => type !== 'pong' && type !== 'auth_response')).toEqual([]);
  });
});

describe('a guard of the gateway', () => {
  it('refuses with any result other than true, a promise too', async () => {
    const guard = vi.spyOn(WsAuthGuard.prototype, 'canActivate');
    onTestFinished(() => guard.mockRestore());
    guard.mockReturnValue(Promise.resolve(true) as never);
    const client = await (await startApp()).connect();
    expect(await client.ask({ type: 'ping' })).toMatchObject({ data: { code: 'PERMISSION_DENIED' } });
  });
});
