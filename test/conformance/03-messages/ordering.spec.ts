import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { Latch } from '../../support/latch.js';
import { LatchedAuthHandler } from '../../support/latched-auth-handler.js';
import { startApp } from '../../support/test-app.js';

const gate = new Latch();
const started: unknown[] = [];

@Injectable()
class Methods {
  @WsRequest('gated')
  async gated(@MessageBody() params: unknown): Promise<unknown> {
    started.push(params);
    if (params === 'slow') await gate.wait();
    return params;
  }
}

describe('the messages of one connection', () => {
  it('are answered in order while the permission of a subscribe is slow', async () => {
    const auth = new LatchedAuthHandler();
    const { connect, subscriptions } = await startApp(auth.source);
    const client = await connect('?token=token-alice');
    await client.next('auth_response');
    auth.permissions.close();
    client.send({ type: 'subscribe', data: { channels: ['news'] }, correlation_id: '1' });
    client.send({ type: 'request', data: { method: 'subscriptions' }, correlation_id: '2' });
    client.send({ type: 'unsubscribe', data: { channels: ['news'] }, correlation_id: '3' });
    client.send({ type: 'ping', correlation_id: '4' });
    await auth.permissions.reached();
    auth.permissions.open();
    await client.next('response');
    await client.next('pong');
    const answers = client.received.filter(({ correlation_id }) => correlation_id !== undefined);
    // The request is started before the unsubscribe, yet answered beside it: both orders of these two are right.
    expect(answers[0]?.type).toBe('subscribe_response');
    expect(new Set(answers.map(({ correlation_id }) => correlation_id))).toEqual(new Set(['1', '2', '3', '4']));
    expect(answers).toHaveLength(4);
    expect(client.received.findIndex(({ type }) => type === 'unsubscribe_response')).toBeLessThan(
      client.received.findIndex(({ type }) => type === 'pong'),
    );
    expect(answers.find(({ type }) => type === 'response')?.data).toEqual({
      status: 'success',
      result: { channels: ['news'] },
    });
    expect(subscriptions.channels()).toEqual([]);
  });

  it('wait for the auth message before them', async () => {
    const auth = new LatchedAuthHandler();
    const { connect } = await startApp(auth.source);
    const client = await connect();
    auth.tokens.close();
    client.send({ type: 'auth', data: { token: 'token-alice' } });
    client.send({ type: 'subscribe', data: { channels: ['news'] } });
    await auth.tokens.reached();
    auth.tokens.open();
    await client.next('subscribe_response');
    expect(client.received.map(({ type }) => type)).toEqual(['auth_response', 'subscribe_response']);
  });

  it('do not wait for those of another connection', async () => {
    const auth = new LatchedAuthHandler();
    const { connect } = await startApp(auth.source);
    const [slow, quick] = [await connect('?token=token-alice'), await connect('?token=token-bob')];
    auth.permissions.close();
    slow.send({ type: 'subscribe', data: { channels: ['news'] } });
    await auth.permissions.reached();
    await quick.settle();
    expect(slow.received.map(({ type }) => type)).toEqual(['auth_response']);
    auth.permissions.open();
    await slow.next('subscribe_response');
  });
});

it('requests are started in order and then run side by side', async () => {
  const { connect } = await startApp({}, { providers: [Methods] });
  const client = await connect();
  gate.close();
  const all = ['slow', 'b', 'slow', 'd'];
  for (const params of all) client.send({ type: 'request', data: { method: 'gated', params } });
  const early = [await client.next('response'), await client.next('response')];
  expect(started).toEqual(all);
  expect(early.map(({ data }) => data)).toEqual(['b', 'd'].map((result) => ({ status: 'success', result })));
  await client.settle();
  gate.open();
  await client.next('response');
  await client.next('response');
});
