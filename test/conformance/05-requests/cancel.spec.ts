import { Injectable } from '@nestjs/common';
import { RequestSignal, WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/test-app.js';
import type { MessageOf, TestClient } from '../../support/test-client.js';

@Injectable()
class Methods {
  readonly reasons: unknown[] = [];
  finish = (): void => {};

  @WsRequest('wait')
  async wait(@RequestSignal() signal: AbortSignal): Promise<string> {
    // The cancel may come first: both messages may arrive in one read.
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.reasons.push(signal.reason);
    return 'too late';
  }

  @WsRequest('deaf')
  async deaf(): Promise<void> {
    await new Promise<void>((resolve) => (this.finish = resolve));
  }
}

const wait = (id: string | undefined, method = 'wait') => ({
  type: 'request',
  ...(id === undefined ? {} : { correlation_id: id }),
  data: { method },
});

async function connected(options = {}): Promise<{ client: TestClient; other: TestClient; methods: Methods }> {
  const app = await startApp(options, { providers: [Methods] });
  return { client: await app.connect(), other: await app.connect(), methods: app.app.get(Methods) };
}

const cancelled = (client: TestClient) => client.received.filter(isCancelled);
const isCancelled = ({ type, data }: { type: string; data?: unknown }): boolean =>
  type === 'response' && (data as MessageOf<'response'>['data']).status === 'cancelled';

async function cancel(client: TestClient, correlation_id: unknown): Promise<unknown> {
  return (await client.request('cancel', { correlation_id })).data;
}

describe('the request cancel', () => {
  it('ends a request with status cancelled before its own answer, and aborts the signal of the method', async () => {
    const { client, methods } = await connected();
    client.send(wait('r'));
    expect(await cancel(client, 'r')).toEqual({ status: 'success', result: { cancelled: true } });
    const responses = () => client.received.filter(({ type }) => type === 'response');
    expect(responses()[0]?.correlation_id).toBe('r');
    expect(cancelled(client)).toEqual([{ type: 'response', correlation_id: 'r', data: { status: 'cancelled' } }]);
    await expect.poll(() => methods.reasons).toMatchObject([{ code: 'REQUEST_CANCELLED' }]);
    await client.settle();
    expect(responses()).toHaveLength(2);
  });

  it.each([
    ['an id that was never used', 'other'],
    ['an answered request', 'done'],
    ['its own id', undefined],
  ])('is answered with cancelled: false for %s', async (_what, id) => {
    const { client } = await connected();
    client.send({ type: 'request', correlation_id: 'done', data: { method: 'ping' } });
    await client.next('response');
    client.send({
      type: 'request',
      correlation_id: 'own',
      data: { method: 'cancel', params: { correlation_id: id ?? 'own' } },
    });
    expect((await client.next('response')).data).toEqual({ status: 'success', result: { cancelled: false } });
  });

  it('does not cancel requests of another connection', async () => {
    const { client, other } = await connected();
    client.send(wait('r'));
    await client.settle();
    expect(await cancel(other, 'r')).toMatchObject({ result: { cancelled: false } });
    await client.settle();
    expect(cancelled(client)).toEqual([]);
  });

  it('ends all running requests with the id', async () => {
    const { client } = await connected();
    for (let count = 0; count < 3; count += 1) client.send(wait('r'));
    expect(await cancel(client, 'r')).toMatchObject({ result: { cancelled: true } });
    expect(cancelled(client)).toHaveLength(3);
  });

  it('may have the same correlation id as the request that it cancels', async () => {
    const { client } = await connected();
    client.send(wait('r'));
    client.send({
      type: 'request',
      correlation_id: 'r',
      data: { method: 'cancel', params: { correlation_id: 'r' } },
    });
    expect((await client.next('response')).data).toEqual({ status: 'cancelled' });
    expect((await client.next('response')).data).toEqual({ status: 'success', result: { cancelled: true } });
  });

  it('cannot cancel a request without a correlation id', async () => {
    const { client } = await connected();
    client.send(wait(undefined));
    expect(await cancel(client, '')).toMatchObject({ result: { cancelled: false } });
  });

  it.each([undefined, null, 7, {}, ['r']])('refuses the id %j', async (id) => {
    const { client } = await connected();
    expect(await cancel(client, id)).toMatchObject({ status: 'error', error: { code: 'INVALID_PARAMS' } });
  });

  it('is accepted even when bufferSize requests are running', async () => {
    const { client } = await connected({ bufferSize: 1 });
    client.send(wait('r'));
    expect((await client.request('ping')).data).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
    expect(await cancel(client, 'r')).toMatchObject({ result: { cancelled: true } });
    await expect.poll(async () => (await client.request('ping')).data).toMatchObject({ status: 'success' });
  });

  it('ends a request at once whose method ignores its signal, but which counts until the method returns', async () => {
    const { client, methods } = await connected({ bufferSize: 1 });
    client.send(wait('r', 'deaf'));
    await cancel(client, 'r');
    expect(cancelled(client)).toHaveLength(1);
    expect((await client.request('ping')).data).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
    methods.finish();
    await expect.poll(async () => (await client.request('ping')).data).toMatchObject({ status: 'success' });
    expect(client.received.filter(({ correlation_id }) => correlation_id === 'r')).toHaveLength(1);
  });
});

describe('the end of the connection', () => {
  it('aborts the signals of running methods with CONNECTION_CLOSED', async () => {
    const { client, methods } = await connected();
    client.send(wait('r'));
    await client.settle();
    client.webSocket.terminate();
    await expect.poll(() => methods.reasons).toMatchObject([{ code: 'CONNECTION_CLOSED' }]);
  });
});
