import { setImmediate as turn } from 'node:timers/promises';
import type { ResponseMessage } from '@skreaver/protocol';
import { Observable, of, range, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../../test/support/service-rig.js';
import type { RunningRequest } from '../run/running-request.js';
import { RequestDispatcher } from './request-dispatcher.js';
import type { MethodTable } from './method-table.js';

interface Started {
  readonly outlivesConnection?: boolean;
  readonly timeout?: number;
}

/** Starts one request `r1` whose method returns the given result. */
function streaming(
  result: (running: RunningRequest) => unknown,
  { outlivesConnection = false, timeout }: Started = {},
) {
  const rig = serviceRig({ broadcastBufferSize: 4 });
  const client = rig.connect('alice');
  const method = {
    outlivesConnection,
    run: async (...[, , running]: [unknown, unknown, RunningRequest]) => result(running),
  };
  const methods = { get: () => method } as unknown as MethodTable;
  const requests = rig.requests;
  const dispatcher = new RequestDispatcher(rig.config, methods, requests);
  const ofConnection = requests.of(client.connection);
  const data = timeout === undefined ? { method: 'any' } : { method: 'any', timeout };
  dispatcher.start(client.connection, { type: 'request', data, correlation_id: 'r1' });
  const answers = () => (client.socket.sent as ResponseMessage[]).map((answer) => answer.data);
  const other = ofConnection.begin({ type: 'request', data: { method: 'cancel' } }, false);
  return {
    ...rig,
    ...client,
    answers,
    /** Resolves once the request is answered. */
    answered: async () => vi.waitUntil(() => answers().some(({ status }) => status !== 'pending') && answers(), 20_000),
    idle: async () => vi.waitUntil(() => ofConnection.atWork === 0, 20_000),
    cancel: () => ofConnection.cancel('r1', other),
  };
}

const pending = (...results: unknown[]) => results.map((result, sequence) => ({ status: 'pending', result, sequence }));
const success = (result: unknown = null) => ({ status: 'success', result });
const failure = (code: string) => ({ status: 'error', error: expect.objectContaining({ code }) as object });
const INTERNAL = failure('INTERNAL_ERROR');

describe('an async iterable', () => {
  it('is sent chunk by chunk, and success has the value that the generator returns', async () => {
    const { answered } = streaming(async function* () {
      yield { token: 'a' };
      yield undefined;
      return { tokens: 2 };
    });
    expect(await answered()).toEqual([...pending({ token: 'a' }, null), success({ tokens: 2 })]);
  });

  it('without a chunk is answered by success alone', async () => {
    const { answered } = streaming(async function* () {});
    expect(await answered()).toEqual([success()]);
  });

  it('is pulled for a chunk only when the previous one has left', async () => {
    const made: number[] = [];
    const { socket, answers } = streaming(async function* () {
      for (let n = 0; ; n += 1) {
        made.push(n);
        yield n;
      }
    });
    await vi.waitUntil(() => answers().length > 2, 20_000);
    const drain = socket.holdDrain();
    for (let turns = 0; turns < 5; turns += 1) await turn();
    const { length } = made;
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect(made).toHaveLength(length);
    drain();
    await vi.waitUntil(() => made.length > length, 20_000);
    socket.close(1000);
  });

  it('leaves the event loop to others even if it never awaits', async () => {
    const { cancel, answered, idle } = streaming(async function* () {
      for (;;) yield 1;
    });
    await turn();
    expect(cancel()).toBe(true);
    expect((await answered()).at(-1)).toEqual({ status: 'cancelled' });
    await idle();
  });

  it.each([
    ['throws from next', { next: () => expect.fail('inside') }],
    ['rejects from next', { next: async () => Promise.reject(new Error('inside')) }],
    ['resolves next with nothing', { next: async () => undefined }],
    ['has no next', {}],
    [
      'has a chunk that throws',
      {
        next: async () => ({
          get value() {
            return expect.fail('inside');
          },
        }),
      },
    ],
    ['is none at all', undefined],
  ])('with an iterator that %s is answered by one INTERNAL_ERROR', async (_how, iterator) => {
    const { answered, idle } = streaming(() => ({ [Symbol.asyncIterator]: () => iterator }));
    expect(await answered()).toEqual([INTERNAL]);
    await idle();
  });

  it.each([
    ['a toJSON that throws', { toJSON: () => expect.fail('inside') }],
    ['a BigInt', 1n],
    ['a function', () => {}],
    ['a symbol', Symbol('s')],
  ])('fails at a chunk that cannot be sent, %s, and is closed', async (_what, chunk) => {
    let closed = false;
    let signal: AbortSignal | undefined;
    const { answered, idle } = streaming(async function* (running) {
      signal = running.signal;
      try {
        yield 'fine';
        yield chunk;
      } finally {
        closed = true;
      }
    });
    expect(await answered()).toEqual([...pending('fine'), INTERNAL]);
    await idle();
    expect([closed, signal?.aborted]).toEqual([true, true]);
  });

  it('is answered by its error when it throws after some chunks', async () => {
    const { answered } = streaming(async function* () {
      yield 1;
      throw new Error('inside');
    });
    expect(await answered()).toEqual([...pending(1), INTERNAL]);
  });

  it.each([
    ['throws', () => expect.fail('inside')],
    ['rejects', async () => Promise.reject(new Error('inside'))],
    ['does not exist', undefined],
  ])('ends with cancelled though its return %s', async (_how, close) => {
    const next = async () => ({ done: false, value: 1 });
    const { cancel, answered, idle } = streaming(() => ({ [Symbol.asyncIterator]: () => ({ next, return: close }) }));
    await turn();
    cancel();
    expect((await answered()).at(-1)).toEqual({ status: 'cancelled' });
    await idle();
  });

  it('is answered at once though it ignores its end; a later chunk is dropped, and its slot is free when it is done', async () => {
    let give = (_chunk: string): void => {};
    const { cancel, answers, socket, idle, wheel } = streaming(
      async function* () {
        yield 'first';
        yield await new Promise<string>((resolve) => (give = resolve));
        yield 'never';
      },
      { timeout: 60_000 },
    );
    await vi.waitUntil(() => answers().length === 1, 20_000);
    await turn();
    cancel();
    expect(answers()).toEqual([...pending('first'), { status: 'cancelled' }]);
    expect(wheel.size).toBe(0);
    give('late');
    await idle();
    expect(socket.sent).toHaveLength(2);
  });

  it('is not started if it was returned after the request was cancelled', async () => {
    let isStarted = false;
    let finish = (): void => {};
    const { cancel, answers, idle } = streaming(async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return (async function* () {
        isStarted = true;
        yield 1;
      })();
    });
    await turn();
    cancel();
    finish();
    await idle();
    expect(isStarted).toBe(false);
    expect(answers()).toEqual([{ status: 'cancelled' }]);
  });
});

describe('an Observable', () => {
  it('is sent chunk by chunk, and success has null', async () => {
    const { answered } = streaming(() => of('a', 'b'));
    expect(await answered()).toEqual([...pending('a', 'b'), success()]);
  });

  it.each([
    ['errs at once', () => throwError(() => new Error('inside')), []],
    [
      'throws from subscribe',
      () =>
        new Observable(() => {
          throw new Error('inside');
        }),
      [],
    ],
    [
      'errs after chunks',
      () =>
        new Observable((subscriber) => {
          subscriber.next(1);
          subscriber.next(2);
          subscriber.error(new Error('inside'));
        }),
      [1, 2],
    ],
  ])('that %s is answered by the previous chunks and one INTERNAL_ERROR', async (_how, source, chunks) => {
    const { answered, idle } = streaming(source);
    expect(await answered()).toEqual([...pending(...chunks), INTERNAL]);
    await idle();
  });

  it('is answered once though it ends more than once, in every way', async () => {
    // Imitates another library, whose subscribers do not guard against calls after the end.
    const twice = {
      lift: () => {},
      subscribe(observer: { next(chunk: unknown): void; error(error: unknown): void; complete(): void }) {
        observer.next(1);
        observer.complete();
        observer.complete();
        observer.error(new Error('inside'));
        observer.next(2);
        return { unsubscribe: () => {} };
      },
      '@@observable': () => twice,
    };
    const { answered, idle, answers } = streaming(() => twice);
    await answered();
    await idle();
    expect(answers()).toEqual([...pending(1), success()]);
  });

  it('fails with RATE_LIMIT_EXCEEDED and is unsubscribed when it outruns the connection, even inside subscribe', async () => {
    const { answered, idle } = streaming(() => range(0, Number.MAX_SAFE_INTEGER));
    const answers = await answered();
    expect(answers.at(-1)).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED', details: { max: 4 } } });
    expect(answers.length).toBeLessThanOrEqual(6);
    await idle();
  });

  it('buffers chunks while the socket is full and then sends them in order', async () => {
    const { socket, answers, answered } = streaming(
      () =>
        new Observable((subscriber) => {
          for (const chunk of [1, 2, 3]) subscriber.next(chunk);
          setImmediate(() => subscriber.complete());
        }),
    );
    const drain = socket.holdDrain();
    for (let turns = 0; turns < 4; turns += 1) await turn();
    expect(answers()).toEqual([]);
    drain();
    expect(await answered()).toEqual([...pending(1, 2, 3), success()]);
  });

  it('ends with cancelled when it is cancelled, though its teardown throws', async () => {
    const { cancel, answered, idle } = streaming(() => new Observable(() => () => expect.fail('inside')));
    await turn();
    cancel();
    expect(await answered()).toEqual([{ status: 'cancelled' }]);
    await idle();
  });
});

describe('the signal of a request', () => {
  it.each([
    ['the timeout', 'REQUEST_TIMEOUT'],
    ['a cancel', 'REQUEST_CANCELLED'],
    ['the end of the connection', 'CONNECTION_CLOSED'],
  ])('is aborted by %s with %s as its reason', async (how, code) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    let signal: AbortSignal | undefined;
    const { cancel, socket } = streaming(
      async (running) => {
        signal = running.signal;
        return new Promise(() => {});
      },
      { timeout: 100 },
    );
    if (how === 'a cancel') cancel();
    else if (how === 'the timeout') vi.advanceTimersByTime(200);
    else socket.close(1000);
    vi.useRealTimers();
    expect(signal?.reason).toMatchObject({ name: 'WsError', code });
  });

  it('is aborted already if it is read afterwards', () => {
    let running: RunningRequest | undefined;
    const { cancel } = streaming(async (given) => {
      running = given;
      return new Promise(() => {});
    });
    cancel();
    expect(running?.signal.reason).toMatchObject({ code: 'REQUEST_CANCELLED' });
  });

  it('is not aborted when the method ends by itself', async () => {
    let signal: AbortSignal | undefined;
    const { answered, socket } = streaming((running) => {
      signal = running.signal;
      return 1;
    });
    await answered();
    socket.close(1000);
    expect(signal?.aborted).toBe(false);
  });
});

describe('a method that outlives its connection', () => {
  it('is pulled to its end after the connection has ended, and its chunks are dropped', async () => {
    const made: number[] = [];
    const { socket, answers, idle } = streaming(
      async function* ({ signal }) {
        for (let n = 0; n < 5; n += 1) {
          made.push(n);
          yield n;
        }
        made.push(signal.aborted ? -1 : 5);
      },
      { outlivesConnection: true },
    );
    await vi.waitUntil(() => answers().length > 0, 20_000);
    const sent = answers().length;
    socket.close(1000);
    await idle();
    expect(made).toEqual([0, 1, 2, 3, 4, 5]);
    expect(answers()).toHaveLength(sent);
  });
});

describe('RunningRequests', () => {
  it('cancels every request under the id except the one that asks, and returns false for an unknown id', async () => {
    const rig = serviceRig();
    const { connection, socket } = rig.connect('alice');
    const requests = rig.requests;
    const begin = (correlation_id: string): RunningRequest =>
      requests.of(connection).begin({ type: 'request', data: { method: 'any' }, correlation_id }, false);
    const [first, second, other, own] = [begin('a'), begin('a'), begin('b'), begin('a')];
    expect(requests.cancel(connection, 'a', own)).toBe(true);
    expect([first, second, other, own].map(({ isOver }) => isOver)).toEqual([true, true, false, false]);
    expect(requests.cancel(connection, 'a', own)).toBe(false);
    expect(requests.cancel(rig.connect('bob').connection, 'b', own)).toBe(false);
    expect(socket.sent).toHaveLength(2);
  });
});
