import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { MessageBody } from '@nestjs/websockets';
import {
  type Connection,
  OnSubscribe,
  RequestSignal,
  SubscriptionService,
  WsRequest,
  currentRequest,
} from '@skreaver/nestjs-ws';
import { type Observable, Subject, interval, map, take } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Latch } from '../support/latch.js';
import { type TestApp, startApp, testAuth } from '../support/test-app.js';
import type { TestClient } from '../support/test-client.js';

/** What the client wrote into the metadata of the request that is found here. */
const mark = (): string => (currentRequest()?.metadata?.['mark'] as string | undefined) ?? 'none';

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

@Injectable()
class Deep {
  async look(): Promise<string> {
    await nextTurn();
    return mark();
  }
}

/** Notes where a request was found, by the request. */
@Injectable()
class Places {
  private readonly found: string[] = [];

  note(place: string): void {
    this.found.push(`${place} ${mark()}`);
  }

  get noted(): readonly string[] {
    return this.found.toSorted();
  }
}

@Injectable()
class NotingGuard implements CanActivate {
  constructor(private readonly places: Places) {}
  async canActivate(): Promise<boolean> {
    this.places.note('guard');
    await nextTurn();
    return true;
  }
}

@Injectable()
class NotingPipe implements PipeTransform {
  constructor(private readonly places: Places) {}
  async transform(value: unknown): Promise<unknown> {
    await nextTurn();
    this.places.note('pipe');
    return value;
  }
}

@Injectable()
class NotingInterceptor implements NestInterceptor {
  constructor(private readonly places: Places) {}
  intercept(_context: unknown, next: CallHandler): Observable<unknown> {
    this.places.note('interceptor');
    return next.handle().pipe(
      map((value) => {
        this.places.note('interceptor of a value');
        return value;
      }),
    );
  }
}

@Catch()
class NotingFilter implements ExceptionFilter {
  constructor(@Inject(Places) private readonly places: Places) {}
  async catch(): Promise<string> {
    await nextTurn();
    this.places.note('filter');
    return mark();
  }
}

@Injectable({ scope: Scope.REQUEST })
class Scoped {
  readonly made = mark();
  constructor(@Inject(REQUEST) readonly connection: Connection) {}
}

@Injectable()
class ScopedRequests {
  constructor(private readonly scoped: Scoped) {}

  @WsRequest('scoped')
  async scope(): Promise<unknown> {
    await nextTurn();
    return [this.scoped.made, mark(), currentRequest()?.connection === this.scoped.connection];
  }
}

const shared = new Subject<number>();

@Injectable()
@UseFilters(NotingFilter)
class Requests {
  readonly latch = new Latch();

  constructor(
    private readonly deep: Deep,
    private readonly places: Places,
    private readonly subscriptions: SubscriptionService,
  ) {}

  @WsRequest('who')
  who(): unknown {
    const { connection, identity, metadata } = currentRequest() ?? {};
    return { connection: connection?.id, identity, metadata };
  }

  @UseGuards(NotingGuard)
  @UsePipes(NotingPipe)
  @UseInterceptors(NotingInterceptor)
  @WsRequest('everywhere')
  async everywhere(@MessageBody() _params: unknown): Promise<string> {
    return this.deep.look();
  }

  @UseGuards(NotingGuard)
  @WsRequest('fail')
  async fail(): Promise<never> {
    await nextTurn();
    throw new Error('out of order');
  }

  @WsRequest('meet')
  async meet(): Promise<string> {
    const before = mark();
    await this.latch.wait();
    return `${before} ${mark()} ${await this.deep.look()}`;
  }

  @WsRequest('renew')
  async renew(): Promise<unknown> {
    const { connection, identity } = currentRequest() ?? {};
    await this.latch.wait();
    return { isKept: currentRequest()?.identity === identity, isRenewed: connection?.identity !== identity };
  }

  @WsRequest('generate')
  async *generate(@RequestSignal() signal: AbortSignal): AsyncGenerator<string, string> {
    signal.addEventListener('abort', () => this.places.note('abort'));
    try {
      yield mark();
      await nextTurn();
      yield mark();
      yield await this.deep.look();
      await this.latch.wait();
      yield mark();
      return mark();
    } finally {
      this.places.note('finally');
    }
  }

  @UseInterceptors(NotingInterceptor)
  @WsRequest('intercepted')
  async *intercepted(): AsyncGenerator<string, string> {
    yield mark();
    await nextTurn();
    yield mark();
    return mark();
  }

  @WsRequest('observe')
  observe(): Observable<string> {
    return interval(1).pipe(
      take(2),
      map(() => mark()),
    );
  }

  @UseInterceptors(NotingInterceptor)
  @WsRequest('shared')
  share(): Observable<number> {
    return shared.pipe(take(1));
  }

  @UseInterceptors(NotingInterceptor)
  @WsRequest('emit')
  emit(): void {
    shared.next(1);
  }

  @WsRequest('join')
  async join(): Promise<void> {
    await this.subscriptions.subscribe(currentRequest()?.connection.id as string, ['news']);
  }
}

@Injectable()
class Hooks {
  constructor(private readonly places: Places) {}

  @OnSubscribe()
  subscribed(): void {
    this.places.note('hook');
  }
}

@Controller()
class Page {
  @Get()
  show(): string {
    return mark();
  }
}

const providers = [Deep, Places, NotingGuard, NotingPipe, NotingInterceptor, NotingFilter, Requests, Hooks];

const start = (requestContext = true): Promise<TestApp> =>
  startApp({ ...testAuth, requestContext }, { providers: [...providers, Scoped, ScopedRequests], controllers: [Page] });

const connect = async (app: TestApp, user = 'ann'): Promise<TestClient> => {
  const client = await app.connect(`?token=token-${user}`);
  await client.next('auth_response');
  return client;
};

/** Sends a request with its mark, which is also its correlation id. */
function send(client: TestClient, method: string, id: string): void {
  client.send({ type: 'request', data: { method }, correlation_id: id, metadata: { mark: id } });
}

/** The chunks and the result of a request. */
async function answered(client: TestClient, id: string): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  for (;;) {
    const { data, correlation_id } = await client.next('response');
    if (correlation_id !== id) throw new Error(`the response to ${correlation_id} came before that to ${id}`);
    if (data.status === 'error' || data.status === 'cancelled') return [...values, data];
    values.push(data.result);
    if (data.status === 'success') return values;
  }
}

async function ask(client: TestClient, method: string, id: string): Promise<readonly unknown[]> {
  send(client, method, id);
  return answered(client, id);
}

describe('currentRequest', () => {
  it('has the connection, the identity and the metadata of the request', async () => {
    const app = await start();
    const client = await connect(app);
    const { id } = app.registry.list()[0] as Connection;
    expect(await ask(client, 'who', 'a')).toEqual([
      { connection: id, identity: { userId: 'ann' }, metadata: { mark: 'a' } },
    ]);
    expect((await client.request('who')).data).toMatchObject({ result: { connection: id } });
  });

  it('keeps the identity that sent the request, also while the connection renews its token', async () => {
    const app = await start();
    const client = await connect(app);
    const requests = app.app.get(Requests);
    requests.latch.close();
    send(client, 'renew', 'a');
    await requests.latch.reached();
    await client.ask({ type: 'auth', data: { token: 'token-ann' } });
    requests.latch.open();
    expect(await answered(client, 'a')).toEqual([{ isKept: true, isRenewed: true }]);
  });

  it('is found in guards, pipes, interceptors and in the depth of a method', async () => {
    const app = await start();
    expect(await ask(await connect(app), 'everywhere', 'a')).toEqual(['a']);
    expect(app.app.get(Places).noted).toEqual(['guard a', 'interceptor a', 'interceptor of a value a', 'pipe a']);
  });

  it('is found in the exception filter of a request', async () => {
    const app = await start();
    expect(await ask(await connect(app), 'fail', 'a')).toEqual(['a']);
    expect(app.app.get(Places).noted).toEqual(['filter a', 'guard a']);
  });

  it('is found in request-scoped providers, and while they are made', async () => {
    expect(await ask(await connect(await start()), 'scoped', 'a')).toEqual([['a', 'a', true]]);
  });

  it('is found at every chunk of a stream, and at its end', async () => {
    const app = await start();
    const client = await connect(app);
    expect(await ask(client, 'generate', 'a')).toEqual(['a', 'a', 'a', 'a', 'a']);
    expect(await ask(client, 'intercepted', 'b')).toEqual(['b', 'b', 'b']);
    expect(await ask(client, 'observe', 'c')).toEqual(['c', 'c', null]);
    expect(new Set(app.app.get(Places).noted)).toEqual(
      new Set(['finally a', 'interceptor b', 'interceptor of a value b']),
    );
  });

  it('is that of the stream for its interceptors where another request emits the chunk', async () => {
    const app = await start();
    const client = await connect(app);
    send(client, 'shared', 'a');
    await client.settle();
    expect(app.app.get(Places).noted).toEqual(['interceptor a']);
    send(client, 'emit', 'b');
    const ends = [await client.next('response'), await client.next('response'), await client.next('response')];
    expect(ends.map(({ correlation_id }) => correlation_id).toSorted()).toEqual(['a', 'a', 'b']);
    expect(app.app.get(Places).noted).toEqual([
      'interceptor a',
      'interceptor b',
      'interceptor of a value a',
      'interceptor of a value b',
    ]);
  });

  it('is that of the stream in its cleanup and at its signal where another request cancels it', async () => {
    const app = await start();
    const client = await connect(app);
    const requests = app.app.get(Requests);
    requests.latch.close();
    send(client, 'generate', 'a');
    await requests.latch.reached();
    client.send({
      type: 'request',
      data: { method: 'cancel', params: { correlation_id: 'a' } },
      correlation_id: 'b',
      metadata: { mark: 'b' },
    });
    expect(await answered(client, 'a')).toEqual(['a', 'a', 'a', { status: 'cancelled' }]);
    await answered(client, 'b');
    requests.latch.open();
    await client.settle();
    await expect.poll(() => app.app.get(Places).noted).toEqual(['abort a', 'finally a']);
  });

  it('is never that of another request that runs on the same connection', async () => {
    const app = await start();
    const client = await connect(app);
    const requests = app.app.get(Requests);
    requests.latch.close();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) send(client, 'meet', id);
    await requests.latch.reached(ids.length);
    requests.latch.open();
    const results: Record<string, unknown> = {};
    for (const _ of ids) {
      const { data, correlation_id } = await client.next('response');
      results[correlation_id as string] = data;
    }
    expect(results).toEqual(
      Object.fromEntries(ids.map((id) => [id, { status: 'success', result: `${id} ${id} ${id}` }])),
    );
  });

  it('is undefined in hooks, which are no requests, and in HTTP routes', async () => {
    const app = await start();
    const client = await connect(app);
    await ask(client, 'join', 'a');
    await expect.poll(() => app.app.get(Places).noted).toEqual(['hook none']);
    expect(await (await fetch(app.httpUrl)).text()).toBe('none');
  });

  it('costs no AsyncLocalStorage in an application without requestContext', async () => {
    const run = vi.spyOn(AsyncLocalStorage.prototype, 'run');
    onTestFinished(() => run.mockRestore());
    const client = await connect(await start(false));
    await ask(client, 'join', 'a');
    await client.request('scoped');
    expect(run).not.toHaveBeenCalled();
  });

  it('is undefined in an application without requestContext beside one with it', async () => {
    const [on, off] = [await start(), await start(false)];
    const [there, here] = [await connect(on), await connect(off, 'bob')];
    expect(await ask(there, 'who', 'a')).toMatchObject([{ identity: { userId: 'ann' } }]);
    expect(await ask(here, 'who', 'b')).toEqual([{}]);
    expect(await ask(here, 'generate', 'c')).toEqual(['none', 'none', 'none', 'none', 'none']);
  });
});
