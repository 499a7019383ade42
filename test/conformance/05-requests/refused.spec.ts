import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { type CanActivate, Injectable } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { WsRequest } from '@skreaver/nestjs-ws';
import { startApp, testAuth } from '../../support/test-app.js';

const request = (params?: unknown) => ({ type: 'request', data: { method: 'ping', params } });
const refusedWith = (code: string) => ({ type: 'response', data: { status: 'error', error: { code } } });

class NoRequest implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class Large {
  @WsRequest('large')
  large(): string {
    return 'x'.repeat(2000);
  }

  @WsRequest('large_chunk')
  async *largeChunk(): AsyncGenerator<string> {
    yield 'small';
    yield 'x'.repeat(2000);
  }
}

describe('a result over maxBufferedBytes', () => {
  it.each(['large', 'large_chunk'])(
    'of %s is answered with MESSAGE_TOO_LARGE and its size, and logged as no failure',
    async (method) => {
      const app = await startApp({ maxBufferedBytes: 1024, maxMessageSize: 512 }, { providers: [Large] });
      const client = await app.connect();
      client.send({ type: 'request', correlation_id: 'r', data: { method } });
      await expect
        .poll(() => client.received.at(-1))
        .toMatchObject({
          data: {
            status: 'error',
            error: { code: 'MESSAGE_TOO_LARGE', details: { size: expect.any(Number), max: 1024 } },
          },
        });
      expect(app.log.of('handler failed')).toEqual([]);
    },
  );
});

describe('a request that is refused before its method is called', () => {
  it('gets a response with AUTHENTICATION_REQUIRED where the client has not authenticated', async () => {
    const client = await (await startApp(testAuth)).connect();
    expect(await client.ask(request())).toMatchObject(refusedWith('AUTHENTICATION_REQUIRED'));
  });

  it('gets a response with RATE_LIMIT_EXCEEDED over the message rate', async () => {
    const client = await (await startApp({ messageRate: 1, messageBurst: 1 })).connect();
    await client.ask(request());
    expect(await client.ask(request())).toMatchObject({
      type: 'response',
      data: {
        status: 'error',
        error: { code: 'RATE_LIMIT_EXCEEDED', details: { retry_after_ms: expect.any(Number) } },
      },
    });
  });

  it('gets a response with PERMISSION_DENIED where a guard of the application refuses it', async () => {
    const client = await (await startApp({}, { providers: [{ provide: APP_GUARD, useClass: NoRequest }] })).connect();
    expect(await client.ask(request())).toMatchObject(refusedWith('PERMISSION_DENIED'));
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'error', data: { code: 'PERMISSION_DENIED' } });
  });

  it('gets a response also without a correlation id', async () => {
    const client = await (await startApp(testAuth)).connect();
    client.send(request());
    expect(await client.next('response')).toEqual({
      type: 'response',
      data: { status: 'error', error: { code: 'AUTHENTICATION_REQUIRED', message: expect.any(String) } },
    });
  });

  it.each([
    ['of another shape', '{"type":"request","correlation_id":"r","data":{"method":7}}'],
    ['that is cut short', '{"type":"request","correlation_id":"r","data":{'],
    ['nested too deep', `{"type":"request","correlation_id":"r","data":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['with a number too large', '{"correlation_id":"r","data":{"method":"a","params":1e400},"type":"request"}'],
  ])('gets a response %s, where type and correlation id can be read', async (_what, text) => {
    const client = await (await startApp()).connect();
    client.send(text);
    expect(await client.next('response')).toMatchObject({ correlation_id: 'r', ...refusedWith('INVALID_MESSAGE') });
  });

  it('gets an error where no correlation id can be read', async () => {
    const client = await (await startApp()).connect();
    client.send('{"type":"request","data":{"method":7}}');
    expect((await client.next('error')).data.code).toBe('INVALID_MESSAGE');
  });

  it('is told apart from any other message, which gets an error', async () => {
    const client = await (await startApp()).connect();
    client.send('{"type":"subscribe","correlation_id":"r","data":{"type":"request"}}');
    expect(await client.next('error')).toMatchObject({ correlation_id: 'r', data: { code: 'INVALID_MESSAGE' } });
  });

  it('counts for the rate: a client that keeps flooding is closed with 4003', async () => {
    const client = await (await startApp({ messageRate: 1, messageBurst: 5 })).connect();
    for (let at = 0; at < 100; at += 1) client.send(request());
    expect((await client.closed).code).toBe(CloseCode.RateLimitExceeded);
  });
});
