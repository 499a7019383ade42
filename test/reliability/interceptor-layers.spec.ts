import {
  type CallHandler,
  ClassSerializerInterceptor,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type Provider,
  RequestTimeoutException,
  Scope,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { WsRequest } from '@skreaver/nestjs-ws';
import { Exclude } from 'class-transformer';
import { type Observable, TimeoutError, catchError, map, tap, throwError, timeout } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';

class Account {
  @Exclude()
  readonly password = 'secret';
  constructor(readonly name: string) {}
}

const stamp = (mark: string, scope = Scope.DEFAULT) => {
  @Injectable({ scope })
  class Stamp implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
      return next.handle().pipe(map((data: unknown) => ({ [mark]: data })));
    }
  }
  return Stamp;
};

/** As the guides of Nest show it: data and the status of the HTTP response. */
class Envelope implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { statusCode = 200 } = context.switchToHttp().getResponse<{ statusCode?: number }>();
    return next.handle().pipe(map((data: unknown) => ({ data, statusCode })));
  }
}

@UseInterceptors(stamp('class'))
@Injectable()
class Accounts {
  @UseInterceptors(stamp('method'))
  @WsRequest('one')
  one(): Account {
    return new Account('ada');
  }

  @UseInterceptors(stamp('method'))
  @WsRequest('each')
  async *each(): AsyncGenerator<Account, Account> {
    yield new Account('ada');
    yield new Account('bob');
    return new Account('end');
  }
}

async function answers(providers: Provider[], method: string, params?: unknown) {
  const app = await startApp({}, { providers });
  const client = await app.connect();
  client.send({ type: 'request', data: { method, params } });
  const got: unknown[] = [];
  for (;;) {
    const { data } = await client.next('response');
    got.push('result' in data ? data.result : data);
    if (data.status !== 'pending') return { got, app };
  }
}

const global = (useClass: new () => NestInterceptor, scope = Scope.DEFAULT): Provider => ({
  provide: APP_INTERCEPTOR,
  useClass,
  scope,
});

describe('an interceptor', () => {
  it('of the application wraps a result once, around those of class and method', async () => {
    const { got } = await answers([Accounts, global(stamp('app'))], 'one');
    expect(got).toEqual([{ app: { class: { method: { name: 'ada', password: 'secret' } } } }]);
  });

  it.each([Scope.DEFAULT, Scope.REQUEST])(
    'of the application gets the result of a stream alone, those of class and method its chunks alone (scope %s)',
    async (scope) => {
      const { got } = await answers([Accounts, global(stamp('app', scope), scope)], 'each');
      const chunk = (name: string) => ({ class: { method: { name, password: 'secret' } } });
      expect(got).toEqual([chunk('ada'), chunk('bob'), { app: { name: 'end', password: 'secret' } }]);
    },
  );

  it('that serializes gets chunks and result, so that hidden fields stay hidden', async () => {
    for (const providers of [
      [global(ClassSerializerInterceptor as never), global(stamp('app'))],
      [global(stamp('app')), global(ClassSerializerInterceptor as never)],
    ]) {
      const each = await answers([Accounts, ...providers], 'each');
      expect(JSON.stringify(each.got)).not.toContain('secret');
      expect(each.got.at(-1)).toEqual({ app: { name: 'end' } });
      expect((await answers([Accounts, ...providers], 'one')).got).toEqual([
        { app: { class: { method: { name: 'ada' } } } },
      ]);
    }
  });

  it('made for HTTP finds an empty response, not the params of the client', async () => {
    const { got } = await answers([Accounts, global(Envelope)], 'each', { statusCode: 500 });
    expect(got.at(-1)).toEqual({ data: { name: 'end', password: 'secret' }, statusCode: 200 });
  });

  it('that logs sees a request once, with its end', async () => {
    const seen: string[] = [];
    class Logging implements NestInterceptor {
      intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
        seen.push(`begin ${context.switchToWs().getPattern()}`);
        return next.handle().pipe(tap({ complete: () => seen.push('end') }));
      }
    }
    await answers([Accounts, global(Logging)], 'each');
    expect(seen).toEqual(['begin each', 'end']);
  });

  it('that limits the time bounds a whole stream, with its own error', async () => {
    class TimeLimit implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
        const toHttp = (error: unknown) =>
          throwError(() => (error instanceof TimeoutError ? new RequestTimeoutException() : error));
        return next.handle().pipe(timeout(50), catchError(toHttp));
      }
    }
    @Injectable()
    class Endless {
      @WsRequest('endless')
      async *endless(): AsyncGenerator<string> {
        for (;;) {
          yield 'more';
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    }
    const { got } = await answers([Endless, global(TimeLimit)], 'endless');
    expect(got.at(-1)).toMatchObject({ status: 'error', error: { code: 'REQUEST_TIMEOUT' } });
    expect(got.length).toBeGreaterThan(1);
  });
});
