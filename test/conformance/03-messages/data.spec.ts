import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { RawJson } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../../support/raw-client.js';
import { clientFrame, opcode } from '../../support/raw-frames.js';
import { startApp } from '../../support/test-app.js';

/** What a parser would change: a large number, a zero too many, repeated keys, escapes, spaces. */
const WRITTEN = '{ "id":9007199254740993,"price":1.10, "a":1,"a":2,"b":"\\u00e4\\ud800",\n"__proto__":{"c":[]} }';
const CHANNELS = { channels: { kept: { clientPublish: true, history: { size: 10, ttl: 60_000 } } } };

const subscribed = async (port: number, since?: object) => {
  const client = await RawClient.upgrade(port);
  const entry = since === undefined ? 'kept' : { channel: 'kept', since };
  client.write(textFrame(JSON.stringify({ type: 'subscribe', data: { channels: [entry] } })));
  const { data } = await client.message();
  const { positions } = data as { positions: Record<string, { epoch: string; offset: number }> };
  return { client, position: positions['kept'] as { epoch: string; offset: number } };
};
const textFrame = (text: string) => clientFrame(opcode.text, text);
const publish = (data: string) =>
  textFrame(`{"type":"request","data":{"method":"publish","params":{"data":0,"channel":"kept","data":${data}}}}`);
const textOf = async (client: RawClient) => (await client.frame()).payload.toString();

describe('the data of an event', () => {
  it('is passed on as its client wrote it: live, in a recovery and in the history', async () => {
    const { port } = await startApp(CHANNELS);
    const live = await subscribed(port);
    const publisher = await RawClient.upgrade(port);
    publisher.write(publish(WRITTEN));
    expect(await textOf(live.client)).toContain(`"data":${WRITTEN},`);
    const recovered = await subscribed(port, live.position);
    expect(await textOf(recovered.client)).toContain(`"data":${WRITTEN},`);
    await publisher.message();
    publisher.write(textFrame('{"type":"request","data":{"method":"history","params":{"channel":"kept"}}}'));
    expect(await textOf(publisher)).toContain(`"data":${WRITTEN},`);
  });

  it('is passed on as the application wrote it, where it is RawJson', async () => {
    const { port, subscriptions } = await startApp(CHANNELS);
    const { client } = await subscribed(port);
    await subscriptions.broadcast('kept', new RawJson(WRITTEN));
    expect(await textOf(client)).toContain(`"data":${WRITTEN},`);
  });

  it('is what an interceptor of the application has changed it to', async () => {
    class Masking implements NestInterceptor {
      intercept(context: ExecutionContext, next: CallHandler) {
        const { data } = context.switchToWs().getData<{ data?: { secret?: string } }>();
        if (data?.secret !== undefined) data.secret = '***';
        return next.handle();
      }
    }
    const { port } = await startApp(CHANNELS, { providers: [{ provide: APP_INTERCEPTOR, useClass: Masking }] });
    const { client } = await subscribed(port);
    const publisher = await RawClient.upgrade(port);
    publisher.write(publish('{"secret": "1234"}'), publish(WRITTEN));
    expect(await textOf(client)).toContain('"data":{"secret":"***"},');
    expect(await textOf(client)).toContain(`"data":${WRITTEN},`);
  });
});
