import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { type Connection, WsRequest } from '@skreaver/nestjs-ws';
import { ClsGuard, ClsInterceptor, ClsModule, type ClsModuleOptions, ClsService } from 'nestjs-cls';
import { type Observable, interval, map, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Latch } from '../support/latch.js';
import { startApp, testAuth } from '../support/test-app.js';
import type { TestClient } from '../support/test-client.js';

/** As an application would: who asks, and for what. */
function setup(cls: ClsService, context: ExecutionContext): void {
  const ws = context.switchToWs();
  cls.set('who', `${ws.getClient<Connection>().identity?.userId} ${String(ws.getData())}`);
}

@Injectable()
class Names {
  constructor(private readonly cls: ClsService) {}

  get now(): string {
    return this.cls.get<string | undefined>('who') ?? 'nobody';
  }

  async later(): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return this.now;
  }
}

/** Stands behind the context, and reads it at each value. */
@Injectable()
class Reading implements NestInterceptor {
  constructor(private readonly names: Names) {}
  intercept(_context: unknown, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => `${String(value)}|${this.names.now}`));
  }
}

@Injectable()
class Requests {
  readonly latch = new Latch();

  constructor(private readonly names: Names) {}

  @WsRequest('meet')
  async meet(): Promise<string> {
    await this.latch.wait();
    return this.names.later();
  }

  @WsRequest('generate')
  async *generate(): AsyncGenerator<string, string> {
    yield this.names.now;
    yield await this.names.later();
    yield this.names.now;
    return this.names.now;
  }

  @UseInterceptors(Reading)
  @WsRequest('read')
  async *read(): AsyncGenerator<number> {
    yield 1;
    await this.names.later();
    yield 2;
  }

  @WsRequest('observe')
  observe(): Observable<string> {
    return interval(1).pipe(
      take(2),
      map(() => this.names.now),
    );
  }
}

@Injectable()
@UseGuards(ClsGuard)
class GuardedRequests extends Requests {}

@Injectable()
@UseInterceptors(ClsInterceptor)
class InterceptedRequests extends Requests {}

type Initializers = Pick<ClsModuleOptions, 'guard' | 'interceptor'>;

/** The ways to set the context up, each with the class that has the methods. */
const setups: Record<string, readonly [Initializers, typeof Requests]> = {
  'ClsGuard of the application': [{ guard: { mount: true, setup } }, Requests],
  'ClsGuard of a class': [{ guard: { setup } }, GuardedRequests],
  'ClsInterceptor of the application': [{ interceptor: { mount: true, setup } }, Requests],
  'ClsInterceptor of a class': [{ interceptor: { setup } }, InterceptedRequests],
};

async function start(options: Initializers, type: typeof Requests): Promise<[TestClient, Requests]> {
  const app = await startApp(testAuth, {
    imports: [ClsModule.forRoot({ global: true, ...options })],
    providers: [Names, type],
  });
  const client = await app.connect('?token=token-ann');
  await client.next('auth_response');
  return [client, app.app.get(type)];
}

/** The chunks and the result of a stream. */
async function streamed(client: TestClient, method: string, params: string): Promise<readonly unknown[]> {
  client.send({ type: 'request', data: { method, params } });
  for (const values: unknown[] = []; ;) {
    const { data } = await client.next('response');
    if (data.status === 'error' || data.status === 'cancelled') return [...values, data];
    values.push(data.result);
    if (data.status === 'success') return values;
  }
}

describe.each(Object.entries(setups))('the context of nestjs-cls by %s', (_name, [options, type]) => {
  it('is that of each request, while others run on the same connection', async () => {
    const [client, { latch }] = await start(options, type);
    latch.close();
    const params = ['a', 'b', 'c'];
    const answers = params.map((each) => client.request('meet', each));
    await latch.reached(params.length);
    latch.open();
    const results = (await Promise.all(answers)).map(({ data }) => data);
    expect(results).toEqual(params.map((each) => ({ status: 'success', result: `ann ${each}` })));
  });

  it('is there at every chunk of a stream, and at its end', async () => {
    const [client] = await start(options, type);
    expect(await streamed(client, 'generate', 'a')).toEqual(['ann a', 'ann a', 'ann a', 'ann a']);
    expect(await streamed(client, 'observe', 'b')).toEqual(['ann b', 'ann b', null]);
    expect(await streamed(client, 'read', 'c')).toEqual(['1|ann c', '2|ann c', null]);
  });
});
