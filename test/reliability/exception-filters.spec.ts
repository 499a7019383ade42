import {
  type ArgumentsHost,
  BadRequestException,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  InternalServerErrorException,
  type Provider,
  Scope,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, BaseExceptionFilter, REQUEST } from '@nestjs/core';
import { BaseWsExceptionFilter, MessageBody, WsException } from '@nestjs/websockets';
import { type Connection, RequestSignal, WsError, WsErrorCode, WsRequest } from '@skreaver/nestjs-ws';
import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type TestApp, startApp } from '../support/test-app.js';
import type { MessageOf, TestClient } from '../support/test-client.js';

class OutOfStock extends Error {}

const soldOut = new WsError(WsErrorCode.InvalidParams, 'Sold out.');

@Injectable()
class Translation {
  readonly word = 'traduit';
}

@Catch(OutOfStock)
@Injectable()
class StockFilter implements ExceptionFilter {
  constructor(private readonly translation: Translation) {}

  catch(): never {
    throw new WsError(WsErrorCode.InvalidParams, this.translation.word);
  }
}

const fails = (): never => {
  throw new OutOfStock('secret shelf');
};

/** An application whose method `buy` throws, with the filter around its class. */
async function answerWith(decide: (exception: unknown, host: ArgumentsHost) => unknown, thrown: () => unknown = fails) {
  @Catch()
  class Filter implements ExceptionFilter {
    catch(exception: unknown, host: ArgumentsHost): unknown {
      return decide(exception, host);
    }
  }
  @UseFilters(Filter)
  @Injectable()
  class Shop {
    @WsRequest('buy')
    buy(): unknown {
      return thrown();
    }
  }
  const app = await startApp({}, { providers: [Shop] });
  const client = await app.connect();
  return { app, client, answer: (await client.request('buy')).data };
}

const internal = { status: 'error', error: { code: 'INTERNAL_ERROR', details: { error_id: expect.any(String) } } };
const invalid = (message: string) => ({ status: 'error', error: { code: 'INVALID_PARAMS', message } });

/** All responses that the client has got, once the server has nothing more to send. */
async function responses(client: TestClient): Promise<MessageOf<'response'>[]> {
  await client.settle();
  return client.received.filter((message) => message.type === 'response');
}

async function appWith(method: () => unknown, providers: Provider[]): Promise<TestApp> {
  @Injectable()
  class Shop {
    @WsRequest('buy')
    buy(): unknown {
      return method();
    }
  }
  return startApp({}, { providers: [Shop, ...providers] });
}

describe('an exception filter of a @WsRequest method', () => {
  it('is injected, and answers with the WsError that it throws', async () => {
    @Injectable()
    class Shop {
      @UseFilters(StockFilter)
      @WsRequest('buy')
      buy(): never {
        return fails();
      }
    }
    const app = await startApp({}, { providers: [Translation, Shop] });
    const client = await app.connect();
    expect((await client.request('buy')).data).toEqual(invalid('traduit'));
    expect(await responses(client)).toHaveLength(1);
    expect(app.log.of('handler failed')).toEqual([]);
  });

  it('sees the exception, and the connection, the params and the method by its host', async () => {
    const seen: unknown[] = [];
    const { app } = await answerWith((exception, host) => {
      const ws = host.switchToWs();
      seen.push(exception, host.getType(), ws.getClient<Connection>(), ws.getData(), ws.getPattern());
    });
    expect(seen).toEqual([expect.any(OutOfStock), 'ws', app.registry.list()[0], undefined, 'buy']);
  });

  it.each<[string, () => unknown, unknown]>([
    ['a WsError that it returns', () => soldOut, invalid('Sold out.')],
    ['an Observable that fails with a WsError', () => throwError(() => soldOut), invalid('Sold out.')],
    ['a promise of a WsException', () => Promise.reject(new WsException('Not so.')), invalid('Not so.')],
    ['an HttpException that it throws', () => new BadRequestException('No.'), invalid('No.')],
    ['a value', () => ({ instead: 1 }), { status: 'success', result: { instead: 1 } }],
    ['null', () => null, { status: 'success', result: null }],
    ['an Observable of a value', () => of(1, 2), { status: 'success', result: 1 }],
    ['an HttpException over 500', () => new InternalServerErrorException('Broken.'), internal],
    ['nothing', () => undefined, internal],
    ['a value that cannot be sent', () => 10n, internal],
  ])('decides by %s, which is the one answer', async (_what, decide, answer) => {
    const decided = await answerWith(decide);
    expect(decided.answer).toMatchObject(answer as object);
    expect(await responses(decided.client)).toHaveLength(1);
  });

  it('that only logs leaves the exception to the mapping, with its error_id in the log', async () => {
    const { answer, app } = await answerWith((exception) => {
      throw exception;
    });
    expect(answer).toMatchObject(internal);
    const logged = app.log.of('handler failed').map(({ error_id }) => error_id as string);
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(answer)).toContain(logged[0]);
    expect(app.log.of('exception filter failed')).toEqual([]);
  });

  it('stands before those of its class and of the application, which are not asked', async () => {
    const asked: string[] = [];
    const named = (name: string, type: new (...args: never[]) => Error = Error) => {
      @Catch(type)
      class Named implements ExceptionFilter {
        catch(): never {
          asked.push(name);
          throw soldOut;
        }
      }
      return Named;
    };
    @UseFilters(named('class'))
    @Injectable()
    class Shop {
      @UseFilters(named('method', OutOfStock))
      @WsRequest('buy')
      buy(@MessageBody() what: string): never {
        throw what === 'stock' ? new OutOfStock() : new TypeError();
      }
    }
    @Injectable()
    class Other {
      @WsRequest('other')
      other(): never {
        return fails();
      }
    }
    const app = await startApp({}, { providers: [Shop, Other, { provide: APP_FILTER, useClass: named('app') }] });
    const client = await app.connect();
    for (const [method, params] of [['buy', 'stock'], ['buy', 'other'], ['other']] as const) {
      expect((await client.request(method, params)).data).toEqual(invalid('Sold out.'));
    }
    expect(asked).toEqual(['method', 'class', 'app']);
  });

  it('answers for guards and for streams, after the chunks', async () => {
    @UseFilters(StockFilter)
    @Injectable()
    class Shop {
      @UseGuards({ canActivate: fails })
      @WsRequest('guarded')
      guarded(): void {}

      @WsRequest('stream')
      async *stream(): AsyncGenerator<number> {
        yield 1;
        fails();
      }
    }
    const app = await startApp({}, { providers: [Translation, Shop] });
    const client = await app.connect();
    expect((await client.request('guarded')).data).toEqual(invalid('traduit'));
    client.send({ type: 'request', data: { method: 'stream' } });
    expect((await client.next('response')).data).toMatchObject({ status: 'pending', result: 1 });
    expect((await client.next('response')).data).toEqual(invalid('traduit'));
  });

  it('answers nothing when a cancel comes first, and is not asked about what the method throws then', async () => {
    const asked: string[] = [];
    let decide = (): void => {};
    @Catch()
    class Slow implements ExceptionFilter {
      async catch(exception: unknown): Promise<string> {
        asked.push((exception as Error).message);
        await new Promise<void>((resolve) => (decide = resolve));
        return 'too late';
      }
    }
    @UseFilters(Slow)
    @Injectable()
    class Shop {
      @WsRequest('slow_filter')
      buy(): never {
        throw new Error('thrown');
      }

      @WsRequest('slow_method')
      async wait(@RequestSignal() signal: AbortSignal): Promise<void> {
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw new Error('aborted');
      }
    }
    const client = await (await startApp({}, { providers: [Shop] })).connect();
    for (const method of ['slow_filter', 'slow_method']) {
      client.send({ type: 'request', correlation_id: method, data: { method } });
      await expect.poll(() => asked).toEqual(['thrown']);
      const cancel = { method: 'cancel', params: { correlation_id: method } };
      client.send({ type: 'request', correlation_id: 'cancel', data: cancel });
      await client.nextWhere((message): message is MessageOf<'response'> => message.correlation_id === 'cancel');
    }
    decide();
    const answers = (await responses(client)).filter(({ correlation_id }) => correlation_id !== 'cancel');
    expect(answers.map(({ data }) => data)).toEqual([{ status: 'cancelled' }, { status: 'cancelled' }]);
    expect(asked).toEqual(['thrown']);
  });

  it.each(['timeout', 'cancel'])('that never decides holds no request any more after its %s', async (end) => {
    @Catch()
    class Undecided implements ExceptionFilter {
      catch(): Promise<never> {
        return new Promise(() => {});
      }
    }
    @UseFilters(Undecided)
    @Injectable()
    class Shop {
      @WsRequest('buy')
      buy(): never {
        throw new OutOfStock();
      }

      @WsRequest('look')
      look(): string {
        return 'tea';
      }
    }
    const client = await (await startApp({ bufferSize: 1 }, { providers: [Shop] })).connect();
    const timeout = end === 'timeout' ? { timeout: 100 } : {};
    client.send({ type: 'request', correlation_id: 'buy', data: { method: 'buy', ...timeout } });
    expect((await client.request('look')).data).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
    if (end === 'cancel') await client.request('cancel', { correlation_id: 'buy' });
    await client.nextWhere((message): message is MessageOf<'response'> => message.correlation_id === 'buy');
    expect((await client.request('look')).data).toEqual({ status: 'success', result: 'tea' });
  });
});

describe('an exception filter of the whole application', () => {
  /** As the documentation of Nest shows it. */
  @Catch()
  class HttpFilter implements ExceptionFilter {
    catch(exception: unknown, host: ArgumentsHost): void {
      const response = host
        .switchToHttp()
        .getResponse<{ status: (code: number) => { json: (body: object) => void } }>();
      const status = exception instanceof HttpException ? exception.getStatus() : 500;
      response.status(status).json({ statusCode: status, message: 'http' });
    }
  }

  it.each<[string, Provider]>([
    ['of its own', { provide: APP_FILTER, useClass: HttpFilter }],
    ['of Nest', { provide: APP_FILTER, useClass: BaseExceptionFilter }],
    ['of Nest for stock gateways', { provide: APP_FILTER, useClass: BaseWsExceptionFilter }],
  ])('%s that answers a transport itself leaves the mapping as it is', async (_what, filter) => {
    const thrown = [soldOut, new BadRequestException('No.'), new OutOfStock('secret shelf')];
    const app = await appWith(() => {
      throw thrown.shift();
    }, [filter]);
    const client = await app.connect();
    expect((await client.request('buy', { headersSent: true, status: 200 })).data).toEqual(invalid('Sold out.'));
    expect((await client.request('buy')).data).toEqual(invalid('No.'));
    expect((await client.request('buy')).data).toMatchObject(internal);
    expect(await responses(client)).toHaveLength(3);
  });

  it('made for HTTP is logged once, with what to do', async () => {
    const app = await appWith(fails, [{ provide: APP_FILTER, useClass: HttpFilter }]);
    const client = await app.connect();
    for (let times = 0; times < 3; times += 1) await client.request('buy');
    expect((await client.request('subscriptions')).data.status).toBe('success');
    const failures = app.log.of('exception filter failed');
    expect(failures).toMatchObject([{ hint: expect.stringContaining("host.getType() !== 'http'") as string }]);
    expect(JSON.stringify(failures)).toContain('HttpFilter.catch');
  });

  it('sees the refusal of a guard of the application, which is asked once for a request', async () => {
    let asked = 0;
    class Closed implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        asked += 1;
        return context.switchToWs().getPattern() !== 'buy';
      }
    }
    @Catch(HttpException)
    class Polite implements ExceptionFilter {
      catch(): never {
        throw new WsError(WsErrorCode.PermissionDenied, 'The shop is closed.');
      }
    }
    const app = await appWith(fails, [
      { provide: APP_GUARD, useClass: Closed },
      { provide: APP_FILTER, useClass: Polite },
    ]);
    const client = await app.connect();
    expect((await client.request('buy')).data).toMatchObject({ error: { message: 'The shop is closed.' } });
    expect(asked).toBe(1);
  });

  it('is created for every request where it is request-scoped, with the connection as REQUEST', async () => {
    const made: unknown[] = [];
    @Catch(OutOfStock)
    @Injectable({ scope: Scope.REQUEST })
    class Scoped implements ExceptionFilter {
      constructor(@Inject(REQUEST) private readonly connection: Connection) {
        made.push(this);
      }
      catch(): string {
        return this.connection.id;
      }
    }
    const app = await appWith(fails, [{ provide: APP_FILTER, scope: Scope.REQUEST, useClass: Scoped }]);
    const client = await app.connect();
    const result = app.registry.list()[0]?.id;
    for (let times = 0; times < 2; times += 1)
      expect((await client.request('buy')).data).toEqual({ status: 'success', result });
    expect(new Set(made).size).toBe(2);
  });
});
