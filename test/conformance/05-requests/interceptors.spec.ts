import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { MessageBody } from '@nestjs/websockets';
import { RequestSignal, WsRequest } from '@skreaver/nestjs-ws';
import { type Observable, concat, ignoreElements, map, of, take, timeout } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { OutboxProbe } from '../../support/outbox-probe.js';
import { startApp } from '../../support/test-app.js';
import type { MessageOf, TestClient } from '../../support/test-client.js';

@Injectable()
class Methods {
  closed = 0;
  made = 0;

  @WsRequest('value')
  async value(@MessageBody() params: unknown): Promise<unknown> {
    return params;
  }

  @WsRequest('generator', { interceptChunks: true })
  async *generator(): AsyncGenerator<number, string> {
    yield 1;
    yield 2;
    return 'end';
  }

  @WsRequest('observable', { interceptChunks: true })
  observable(): Observable<number> {
    return of(1, 2);
  }

  @WsRequest('endless', { interceptChunks: true })
  async *endless(): AsyncGenerator<string> {
    try {
      for (;;) {
        this.made += 1;
        yield 'x'.repeat(2_000);
      }
    } finally {
      this.closed += 1;
    }
  }

  @WsRequest('whole')
  async *whole(): AsyncGenerator<number, string> {
    yield* this.generator();
    return 'end';
  }

  @WsRequest('whole_observable')
  wholeObservable(): Observable<number> {
    return this.observable();
  }

  @WsRequest('whole_endless')
  async *wholeEndless(): AsyncGenerator<string> {
    yield* this.endless();
  }

  @WsRequest('wait')
  async wait(@RequestSignal() signal: AbortSignal): Promise<string> {
    // The cancel may come first: both messages may arrive in one read.
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return 'too late';
  }
}

const around = (change: (results: Observable<unknown>) => Observable<unknown>) => {
  class Around implements NestInterceptor {
    intercept = (_context: ExecutionContext, next: CallHandler): Observable<unknown> => change(next.handle());
  }
  return { provide: APP_INTERCEPTOR, useClass: Around };
};

async function intercepted(change: (results: Observable<unknown>) => Observable<unknown>) {
  const app = await startApp({}, { providers: [Methods, around(change)] });
  return { app, client: await app.connect('', { perMessageDeflate: false }), methods: app.app.get(Methods) };
}

async function answersTo(client: TestClient, method: string): Promise<MessageOf<'response'>['data'][]> {
  client.send({ type: 'request', correlation_id: 'r', data: { method } });
  for (;;) {
    const { data } = await client.next('response');
    if (data.status !== 'pending') break;
  }
  await client.settle();
  return client.received.flatMap((message) => (message.type === 'response' ? [message.data] : []));
}

const wrapped = (results: Observable<unknown>) => results.pipe(map((data) => ({ data })));

describe("an application's interceptor around a method", () => {
  it.each([
    ['whole', 'end'],
    ['whole_observable', null],
  ])('gets the result of a stream as one value, after chunks that it does not get: %s', async (method, result) => {
    const { client } = await intercepted(wrapped);
    expect(await answersTo(client, method)).toEqual([
      { status: 'pending', result: 1, sequence: 0 },
      { status: 'pending', result: 2, sequence: 1 },
      { status: 'success', result: { data: result } },
    ]);
  });

  it('that ends before the stream closes the generator', async () => {
    const { client, methods } = await intercepted((results) => results.pipe(timeout(50)));
    const answers = await answersTo(client, 'whole_endless');
    expect(answers.at(-1)).toMatchObject({ status: 'error' });
    await expect.poll(() => methods.closed).toBe(1);
  });

  it('sees the chunks one by one with interceptChunks, whether of a generator or an Observable', async () => {
    for (const [method, result] of [
      ['generator', 'end'],
      ['observable', null],
    ] as const) {
      const { client } = await intercepted(wrapped);
      expect(await answersTo(client, method)).toEqual([
        { status: 'pending', result: { data: 1 }, sequence: 0 },
        { status: 'pending', result: { data: 2 }, sequence: 1 },
        { status: 'success', result },
      ]);
    }
  });

  it('that emits several values for one leaves one answer, the last', async () => {
    const { client } = await intercepted((results) => concat(of('first'), results, of('last')));
    expect(await answersTo(client, 'value')).toEqual([{ status: 'success', result: 'last' }]);
  });

  it('that emits nothing makes the result null', async () => {
    const { client } = await intercepted(ignoreElements());
    expect(await answersTo(client, 'value')).toEqual([{ status: 'success', result: null }]);
  });

  it('that ends a stream early closes the generator', async () => {
    const { client, methods } = await intercepted(take(3));
    expect(await answersTo(client, 'endless')).toHaveLength(4);
    await expect.poll(() => methods.closed).toBe(1);
  });

  it('leaves a generator its wait for a slow client, and its cancellation', async () => {
    const { app, client, methods } = await intercepted(wrapped);
    const probe = new OutboxProbe(app, app.registry.list()[0]?.id ?? '');
    client.send({ type: 'request', correlation_id: 'r', data: { method: 'endless' } });
    await client.next('response');
    client.stall();
    await expect.poll(() => probe.backlog).toBeGreaterThan(0);
    const { made } = methods;
    for (let turns = 0; turns < 100; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(methods.made).toBe(made);
    client.send({ type: 'request', data: { method: 'cancel', params: { correlation_id: 'r' } } });
    await expect.poll(() => methods.closed).toBe(1);
  });

  it('leaves a plain method its cancellation', async () => {
    const { client } = await intercepted(wrapped);
    client.send({ type: 'request', correlation_id: 'r', data: { method: 'wait' } });
    expect((await client.request('cancel', { correlation_id: 'r' })).data).toEqual({
      status: 'success',
      result: { data: { cancelled: true } },
    });
    await client.settle();
    expect(client.received.filter(({ correlation_id }) => correlation_id === 'r')).toEqual([
      { type: 'response', correlation_id: 'r', data: { status: 'cancelled' } },
    ]);
  });
});
