import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { WsError, WsErrorCode, WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { encodings, speak } from '../../support/encodings.js';
import { startApp } from '../../support/test-app.js';

@Injectable()
class Methods {
  @WsRequest('echo')
  echo(@MessageBody() params: unknown): unknown {
    return params;
  }

  @WsRequest('nothing')
  nothing(): void {}

  @WsRequest('refuse')
  refuse(): never {
    throw new WsError(WsErrorCode.InvalidParams, 'Not like this.', { field: 'a' });
  }

  @WsRequest('break')
  fail(): never {
    throw new Error('the secret inside');
  }

  @WsRequest('hang')
  hang(): Promise<never> {
    return new Promise(() => {});
  }
}

const withMethods = { providers: [Methods] };

describe.each(encodings)('the response to a request, in %s', (_encoding, protocols) => {
  speak(protocols);

  it.each([[{ a: [1] }], [null], ['text'], [0], [false]])(
    'has status success and the result %j, with the correlation id',
    async (params) => {
      const { connect } = await startApp({}, withMethods);
      const client = await connect();
      client.send({ type: 'request', data: { method: 'echo', params }, correlation_id: 'r1' });
      expect(await client.next('response')).toEqual({
        type: 'response',
        correlation_id: 'r1',
        data: { status: 'success', result: params },
      });
    },
  );

  it('has the result null where the method returns nothing', async () => {
    const { connect } = await startApp({}, withMethods);
    const client = await connect();
    expect((await client.request('nothing')).data).toEqual({ status: 'success', result: null });
  });

  it('has status error with code, message and details as the method threw them', async () => {
    const { connect } = await startApp({}, withMethods);
    const client = await connect();
    expect((await client.request('refuse')).data).toEqual({
      status: 'error',
      error: { code: 'INVALID_PARAMS', message: 'Not like this.', details: { field: 'a' } },
    });
  });

  it('has no details of an internal error, except an error_id that the log has too', async () => {
    const { connect, log } = await startApp({}, withMethods);
    const client = await connect();
    const { data } = await client.request('break');
    expect(data).toMatchObject({ status: 'error', error: { code: 'INTERNAL_ERROR' } });
    expect(JSON.stringify(data)).not.toContain('secret');
    const { error } = data as { error: { details?: { error_id?: string } } };
    expect(log.of('handler failed')).toMatchObject([{ error_id: error.details?.error_id }]);
    expect(error.details?.error_id).toMatch(/.+/);
  });

  it.each(['no_such_method', 'Echo', 'constructor', '__proto__', 'm'.repeat(255)])(
    'is METHOD_NOT_FOUND where there is no method %s',
    async (method) => {
      const { connect } = await startApp({}, withMethods);
      const client = await connect();
      expect((await client.request(method)).data).toMatchObject({ error: { code: 'METHOD_NOT_FOUND' } });
    },
  );

  it('is REQUEST_TIMEOUT within 1 s of its timeout, and not before', async () => {
    const { connect } = await startApp({}, withMethods);
    const client = await connect();
    const startedAt = performance.now();
    expect((await client.request('hang', undefined, 150)).data).toMatchObject({ error: { code: 'REQUEST_TIMEOUT' } });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(150);
    expect(performance.now() - startedAt).toBeLessThan(1150);
  });

  it('has no correlation id where the request had none', async () => {
    const { connect } = await startApp({}, withMethods);
    const client = await connect();
    client.send({ type: 'request', data: { method: 'echo', params: 1 } });
    expect(await client.next('response')).not.toHaveProperty('correlation_id');
  });
});
