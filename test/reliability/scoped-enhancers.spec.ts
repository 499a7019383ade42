import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE, REQUEST } from '@nestjs/core';
import { MessageBody } from '@nestjs/websockets';
import { WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';

let made = 0;

@Injectable()
class Counter {
  calls = 0;
}

/** Lets through what is asked politely. */
@Injectable({ scope: Scope.REQUEST })
class Polite implements CanActivate {
  constructor(
    private readonly counter: Counter,
    @Inject(REQUEST) private readonly request: object,
  ) {
    made += 1;
  }

  canActivate(context: ExecutionContext): boolean {
    this.counter.calls += 1;
    const data = context.switchToWs().getData<unknown>();
    return typeof this.request === 'object' && !JSON.stringify(data).includes('rude');
  }
}

@Injectable()
class Secrets {
  @WsRequest('secret')
  secret(@MessageBody() params: unknown): unknown {
    return { secret: 42, params };
  }
}

const refused = { status: 'error', error: { code: 'PERMISSION_DENIED' } };

describe('a request-scoped enhancer of the whole application', () => {
  it('is created for every message as a guard', async () => {
    const app = await startApp(
      {},
      { providers: [Secrets, Counter, { provide: APP_GUARD, scope: Scope.REQUEST, useClass: Polite }] },
    );
    const client = await app.connect();
    made = 0;
    expect((await client.request('secret', 'rude')).data).toMatchObject(refused);
    expect((await client.request('secret', 'please')).data).toMatchObject({ status: 'success' });
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    const subscribed = await client.ask({ type: 'subscribe', data: { channels: ['rude'] } });
    expect(subscribed).toMatchObject({ type: 'error', data: { code: 'PERMISSION_DENIED' } });
    expect(app.app.get(Counter).calls).toBe(made);
    // Each request is a message and the call of a method.
    expect(made).toBeGreaterThanOrEqual(4);
  });

  it('runs around a method as an interceptor and as a pipe', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Around implements NestInterceptor {
      async intercept(context: ExecutionContext, next: CallHandler) {
        if (context.getHandler().name === 'secret') around.push('interceptor');
        return next.handle();
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class Shout implements PipeTransform {
      transform(value: unknown): unknown {
        return typeof value === 'string' ? value.toUpperCase() : value;
      }
    }
    const around: string[] = [];
    const app = await startApp(
      {},
      {
        providers: [
          Secrets,
          { provide: APP_INTERCEPTOR, scope: Scope.REQUEST, useClass: Around },
          { provide: APP_PIPE, scope: Scope.REQUEST, useClass: Shout },
        ],
      },
    );
    const client = await app.connect();
    expect((await client.request('secret', 'loud')).data).toEqual({
      status: 'success',
      result: { secret: 42, params: 'LOUD' },
    });
    expect(around).toEqual(['interceptor']);
  });
});
