import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { MessageBody } from '@nestjs/websockets';
import { WsRequest } from '@skreaver/nestjs-ws';
import { type Observable, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';

@Injectable()
class Plain {
  @WsRequest('guarded')
  guarded(@MessageBody() params: unknown): unknown {
    return params;
  }
}
describe('an APP_INTERCEPTOR that wraps every result', () => {
  class Wrap implements NestInterceptor {
    intercept = (_context: ExecutionContext, next: CallHandler): Observable<unknown> =>
      next.handle().pipe(map((data: unknown) => ({ data })));
  }

  it('does not change the messages of the protocol, nor their one answer each', async () => {
    const app = await startApp({}, { providers: [Plain, { provide: APP_INTERCEPTOR, useClass: Wrap }] });
    const client = await app.connect();
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
    expect((await client.subscribe('a')).data.success).toBe(true);
    expect((await client.request('guarded', 1)).data).toEqual({ status: 'success', result: { data: 1 } });
    await client.settle();
    expect(client.received.every((message) => typeof message.type === 'string')).toBe(true);
  });
});
