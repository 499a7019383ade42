import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  type PipeTransform,
  type Type,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { MessageBody } from '@nestjs/websockets';
import { WsErrorCode, WsRequest } from '@skreaver/nestjs-ws';
import { IsString } from 'class-validator';
import { type Observable, map, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { INSIDE, thrown } from '../support/hostile-values.js';
import { expectInternalError } from '../support/internal-error.js';
import { expectNoProcessFaults } from '../support/process-faults.js';
import { startApp } from '../support/test-app.js';

const fail = (): never => {
  throw new Error(INSIDE);
};
const isRequest = (context: ExecutionContext): boolean => context.getHandler().name === 'guarded';

@Injectable()
class Plain {
  @WsRequest('guarded')
  guarded(@MessageBody() params: unknown): unknown {
    return params;
  }
}

class GuardThrows implements CanActivate {
  canActivate = (context: ExecutionContext): boolean => !isRequest(context) || fail();
}
class GuardRejects implements CanActivate {
  canActivate = async (context: ExecutionContext): Promise<boolean> => !isRequest(context) || fail();
}
class InterceptorThrows implements NestInterceptor {
  intercept = (context: ExecutionContext, next: CallHandler): Observable<unknown> =>
    isRequest(context) ? fail() : next.handle();
}
class InterceptorErrs implements NestInterceptor {
  intercept = (context: ExecutionContext, next: CallHandler): Observable<unknown> =>
    isRequest(context) ? throwError(() => new Error(INSIDE)) : next.handle();
}
class InterceptorSpoils implements NestInterceptor {
  intercept = (context: ExecutionContext, next: CallHandler): Observable<unknown> =>
    isRequest(context) ? next.handle().pipe(map(() => 1n)) : next.handle();
}
const isParams = (value: unknown): boolean => (value as { name?: unknown } | null)?.name === 'x';

class PipeThrows implements PipeTransform {
  transform = (value: unknown): unknown => (isParams(value) ? fail() : value);
}
class PipeRejects implements PipeTransform {
  transform = async (value: unknown): Promise<unknown> => (isParams(value) ? fail() : value);
}

class HostileDto {
  @IsString()
  name = '';

  constructor() {
    fail();
  }
}

@Injectable()
class WithDto {
  @WsRequest('guarded')
  @UsePipes(new ValidationPipe({ transform: true }))
  guarded(@MessageBody() params: HostileDto): unknown {
    return params;
  }
}

/** The method with a decorator of Nest on it. */
function decorated(decorator: MethodDecorator): Type {
  @Injectable()
  class Decorated {
    @WsRequest('guarded')
    @decorator
    guarded(@MessageBody() params: unknown): unknown {
      return params;
    }
  }
  return Decorated;
}

const around: readonly [string, ModuleMetadata][] = [
  ['a guard of the method that throws', { providers: [decorated(UseGuards(GuardThrows))] }],
  ['a guard of the method that rejects', { providers: [decorated(UseGuards(GuardRejects))] }],
  ['an interceptor of the method that throws', { providers: [decorated(UseInterceptors(InterceptorThrows))] }],
  ['an interceptor of the method whose stream errs', { providers: [decorated(UseInterceptors(InterceptorErrs))] }],
  ['an interceptor that makes the result no JSON', { providers: [decorated(UseInterceptors(InterceptorSpoils))] }],
  ['a pipe of the method that throws', { providers: [decorated(UsePipes(PipeThrows))] }],
  ['a pipe of the method that rejects', { providers: [decorated(UsePipes(PipeRejects))] }],
  ['a DTO whose constructor throws', { providers: [WithDto] }],
  ['an APP_GUARD that throws', { providers: [Plain, { provide: APP_GUARD, useClass: GuardThrows }] }],
  ['an APP_GUARD that rejects', { providers: [Plain, { provide: APP_GUARD, useClass: GuardRejects }] }],
  ['an APP_INTERCEPTOR that throws', { providers: [Plain, { provide: APP_INTERCEPTOR, useClass: InterceptorThrows }] }],
  ['an APP_INTERCEPTOR that errs', { providers: [Plain, { provide: APP_INTERCEPTOR, useClass: InterceptorErrs }] }],
  ['an APP_PIPE that throws', { providers: [Plain, { provide: APP_PIPE, useClass: PipeThrows }] }],
  ['an APP_PIPE that rejects', { providers: [Plain, { provide: APP_PIPE, useClass: PipeRejects }] }],
];

describe('an error in the application around a method', () => {
  it.each(around)('is answered with INTERNAL_ERROR, and the connection lives: %s', async (_what, metadata) => {
    expectNoProcessFaults();
    const app = await startApp({}, metadata);
    const client = await app.connect();
    await expectInternalError(app, client, await client.request('guarded', { name: 'x' }));
  });
});

describe.each(Object.entries(thrown))('an APP_GUARD that throws %s at every message', (_what, make) => {
  it('is answered by an error each time, and the process and the connection live', async () => {
    expectNoProcessFaults();
    class Hostile implements CanActivate {
      canActivate(): boolean {
        throw make();
      }
    }
    const app = await startApp({}, { providers: [{ provide: APP_GUARD, useClass: Hostile }] });
    const client = await app.connect();
    for (const type of ['ping', 'subscribe'] as const) {
      const answer = await client.ask({ type, ...(type === 'subscribe' && { data: { channels: ['a'] } }) });
      expect(answer).toMatchObject({ type: 'error', data: { code: WsErrorCode.InternalError } });
    }
    expect(JSON.stringify(client.received)).not.toContain(INSIDE);
    expect(app.registry.list().length).toBe(1);
  });
});

describe('a broadcast of data that is not JSON', () => {
  it.each([
    ['undefined', undefined],
    ['a BigInt', 1n],
    ['a function', fail],
    ['a toJSON that throws', { toJSON: fail }],
  ])('such as %s rejects with INVALID_PARAMS and reaches nobody', async (_what, data) => {
    expectNoProcessFaults();
    const app = await startApp();
    const client = await app.connect();
    await client.subscribe('a');
    await expect(app.subscriptions.broadcast('a', data)).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'event')).toEqual([]);
  });
});
