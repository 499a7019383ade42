import type { RequestMessage, ResponseMessage } from '@skreaver/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { serviceRig } from '../../../test/support/service-rig.js';
import { WsError } from '../../connection/index.js';
import { RequestDispatcher } from './request-dispatcher.js';
import type { RequestMethod, MethodTable } from './method-table.js';

const request = (method: string, extra: Partial<RequestMessage['data']> = {}): RequestMessage => ({
  type: 'request',
  data: { method, ...extra },
  correlation_id: 'r1',
});

const dispatching = (methods: Record<string, RequestMethod['run']>, options = {}) => {
  const rig = serviceRig(options);
  const client = rig.connect('alice');
  const method = (run: RequestMethod['run'] | undefined): RequestMethod | undefined =>
    run && { run, outlivesConnection: false };
  const found = { get: (name: string) => method(methods[name]) } as MethodTable;
  const running = rig.requests;
  const dispatcher = new RequestDispatcher(rig.config, found, running);
  const start = (message: RequestMessage): void => dispatcher.start(client.connection, message);
  const answers = () => client.socket.sent as ResponseMessage[];
  const settled = async (count = 1) => vi.waitUntil(() => answers().length >= count, 20_000);
  return { ...rig, ...client, start, answers, settled };
};

describe('RequestDispatcher', () => {
  afterEach(() => void vi.useRealTimers());

  it('responds with the result under the correlation id', async () => {
    const { start, answers, settled } = dispatching({ echo: async (_connection, params) => params });
    start(request('echo', { params: { n: 1 } }));
    await settled();
    expect(answers()).toEqual([
      { type: 'response', data: { status: 'success', result: { n: 1 } }, correlation_id: 'r1' },
    ]);
  });

  it('responds with null for no result, and without a correlation id if the request has none', async () => {
    const { start, answers, settled } = dispatching({ nothing: async () => undefined });
    start({ type: 'request', data: { method: 'nothing' } });
    await settled();
    expect(answers()).toEqual([{ type: 'response', data: { status: 'success', result: null } }]);
  });

  it('answers METHOD_NOT_FOUND for an unknown method', () => {
    const { start, answers } = dispatching({});
    start(request('missing'));
    expect(answers()).toMatchObject([{ data: { status: 'error', error: { code: 'METHOD_NOT_FOUND' } } }]);
  });

  it('starts methods in order and runs them concurrently', async () => {
    const started: string[] = [];
    const { start, answers, settled } = dispatching({
      slow: async () => {
        started.push('slow');
        await vi.waitUntil(() => started.length === 2, 20_000);
        return 'slow';
      },
      fast: async () => started.push('fast'),
    });
    start(request('slow'));
    start(request('fast'));
    expect(started).toEqual(['slow', 'fast']);
    await settled(2);
    expect(answers().map(({ data }) => data)).toMatchObject([{ result: 2 }, { result: 'slow' }]);
  });

  it('ends a request with REQUEST_TIMEOUT once, whatever comes later', async () => {
    vi.useFakeTimers();
    let finish = (_result: unknown): void => {};
    const { start, answers, wheel } = dispatching({ hang: () => new Promise((resolve) => (finish = resolve)) });
    start(request('hang', { timeout: 1000 }));
    await vi.advanceTimersByTimeAsync(1100);
    finish('late');
    await vi.advanceTimersByTimeAsync(0);
    expect(answers()).toMatchObject([{ data: { error: { code: 'REQUEST_TIMEOUT' } } }]);
    expect(wheel.size).toBe(0);
  });

  it('keeps no timer for a request that is answered', async () => {
    const { start, settled, wheel } = dispatching({ echo: async () => 1 });
    start(request('echo', { timeout: 60_000 }));
    await settled();
    await vi.waitUntil(() => wheel.size === 0, 20_000);
  });

  it('runs bufferSize requests at a time, overdue ones included, and rejects one more', async () => {
    const finish: ((result: unknown) => void)[] = [];
    const { start, answers, settled } = dispatching(
      { hang: () => new Promise((resolve) => finish.push(resolve)) },
      { bufferSize: 2 },
    );
    start(request('hang', { timeout: 1 }));
    start(request('hang'));
    await settled();
    start(request('hang'));
    expect(answers()[1]).toMatchObject({ data: { error: { code: 'RATE_LIMIT_EXCEEDED', details: { max: 2 } } } });
    finish[0]?.('late');
    await vi.waitUntil(() => {
      start(request('hang'));
      return finish.length === 3;
    }, 20_000);
  });

  it.each([
    ['a BigInt', 1n],
    ['a result whose toJSON throws', { toJSON: () => expect.fail('no JSON') }],
  ])('answers INTERNAL_ERROR for %s', async (_what, result) => {
    const { start, answers, settled } = dispatching({ odd: async () => result });
    start(request('odd'));
    await settled();
    expect(answers()).toMatchObject([{ data: { status: 'error', error: { code: 'INTERNAL_ERROR' } } }]);
  });

  it('answers INTERNAL_ERROR, once, for an error whose details cannot be sent', async () => {
    const { start, answers, settled } = dispatching({
      odd: async () => {
        throw new WsError('INVALID_PARAMS', 'No.', { n: 1n });
      },
    });
    start(request('odd'));
    await settled();
    expect(answers()).toMatchObject([{ data: { error: { code: 'INTERNAL_ERROR' } } }]);
  });

  it.each([
    ['throws at once', (): never => expect.fail('inside')],
    ['rejects', async () => Promise.reject(new Error('inside'))],
    ['rejects with an object without text', async () => Promise.reject(Object.create(null) as Error)],
  ])('responds once for a method that %s', async (_how, method) => {
    const { start, answers, settled } = dispatching({ odd: method });
    start(request('odd'));
    await settled();
    expect(answers()).toMatchObject([{ data: { status: 'error', error: { code: 'INTERNAL_ERROR' } } }]);
  });

  it('closes the connection with 1011 when not even the failure can be sent', async () => {
    const { start, socket, log } = dispatching({ odd: async () => Promise.reject(new Error('inside')) });
    log.event = () => {
      throw new Error('disk full');
    };
    start(request('odd'));
    await vi.waitUntil(() => !socket.isOpen, 20_000);
    expect(socket.closes).toMatchObject([{ how: 'terminate', code: 1011 }]);
  });

  it('sends nothing to a connection that ended meanwhile', async () => {
    let finish = (_result: unknown): void => {};
    const { start, socket, answers } = dispatching({ hang: () => new Promise((resolve) => (finish = resolve)) });
    start(request('hang'));
    socket.close(1000);
    finish(1);
    await Promise.resolve();
    expect(answers()).toEqual([]);
  });
});
