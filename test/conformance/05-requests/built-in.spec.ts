import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ConnectedSocket, MessageBody } from '@nestjs/websockets';
import { type Connection, CurrentIdentity, type Identity, WsError, WsErrorCode, WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it } from 'vitest';
import { startApp, testAuth } from '../../support/test-app.js';
import type { MessageOf, TestClient } from '../../support/test-client.js';
import { startTwoApps } from '../../support/two-apps.js';

@Injectable()
class Methods {
  release: () => void = () => {};

  @WsRequest('echo')
  echo(_connection: Connection, params: unknown): unknown {
    return params;
  }

  @WsRequest('who')
  who(@CurrentIdentity() identity: Identity, @ConnectedSocket() connection: Connection): unknown {
    return { user: identity.userId, same: connection.identity === identity };
  }

  @WsRequest('one')
  one(@MessageBody('one') one: unknown): unknown {
    return one;
  }

  @WsRequest('nothing')
  nothing(): void {}

  @WsRequest('held')
  async held(): Promise<string> {
    await new Promise<void>((resolve) => (this.release = resolve));
    return 'released';
  }

  @WsRequest('expected')
  expected(): never {
    throw new WsError(WsErrorCode.ChannelNotFound, 'No such room.', { channel: 'x' });
  }
}

const CLIENTS_PUBLISH = {
  channels: { 'open-*': { clientPublish: true }, 'private-*': { clientPublish: true } },
} as const;

function errorOf(response: MessageOf<'response'>): string | undefined {
  return response.data.status === 'error' ? response.data.error.code : undefined;
}

function answersTo(client: TestClient, id: string): number {
  return client.received.filter(({ correlation_id }) => correlation_id === id).length;
}

describe('the request publish', () => {
  it('delivers to all subscribers, the publisher included, where the channel has clientPublish', async () => {
    const app = await startApp({ ...testAuth, ...CLIENTS_PUBLISH });
    const [alice, bob] = [await app.connect('?token=token-alice'), await app.connect('?token=token-bob')];
    await alice.subscribe('open-talk');
    await bob.subscribe('open-talk');
    const answer = await alice.request('publish', { channel: 'open-talk', data: { text: 'hi' } });
    expect(answer.data).toEqual({ status: 'success', result: { delivered: 2 } });
    for (const client of [alice, bob]) {
      const event = await client.next('event');
      expect(event.data).toEqual({ text: 'hi' });
      expect(event.metadata.channel).toBe('open-talk');
    }
  });

  it('says how many nodes got the event, where the server has several', async () => {
    const { apps } = await startTwoApps({ ...testAuth, ...CLIENTS_PUBLISH });
    const [alice, bob] = [await apps[0].connect('?token=token-alice'), await apps[1].connect('?token=token-bob')];
    const publish = async () => {
      const { data } = await alice.request('publish', { channel: 'open-talk', data: 1 });
      return data.status === 'success' ? data.result : data;
    };
    expect(await publish()).toEqual({ delivered: 0, nodes: 0 });
    await bob.subscribe('open-talk');
    expect(await publish()).toMatchObject({ nodes: 1 });
    await alice.subscribe('open-talk');
    expect(await publish()).toMatchObject({ nodes: 2 });
    expect(await apps[1].subscriptions.broadcast('open-talk', 2)).toMatchObject({ nodes: 2 });
  });

  it('is refused where the channel has no clientPublish', async () => {
    const app = await startApp(CLIENTS_PUBLISH);
    const client = await app.connect();
    expect(errorOf(await client.request('publish', { channel: 'closed', data: 1 }))).toBe('PERMISSION_DENIED');
  });

  it('is refused where the AuthHandler denies it, and delivers nothing', async () => {
    const app = await startApp({ ...testAuth, ...CLIENTS_PUBLISH });
    const [alice, bob] = [await app.connect('?token=token-alice'), await app.connect('?token=token-bob')];
    await bob.subscribe('private-bob');
    const answer = await alice.request('publish', { channel: 'private-bob', data: 'spam' });
    expect(errorOf(answer)).toBe('PERMISSION_DENIED');
    await bob.settle();
    expect(bob.received.filter(({ type }) => type === 'event')).toEqual([]);
  });

  it.each([
    ['no params', undefined, 'INVALID_PARAMS'],
    ['a channel that is no string', { channel: 7, data: 1 }, 'INVALID_PARAMS'],
    ['no data', { channel: 'open-a' }, 'INVALID_PARAMS'],
    ['params that are an array', ['open-a', 1], 'INVALID_PARAMS'],
    ['a channel that is no name', { channel: 'a b', data: 1 }, 'INVALID_CHANNEL'],
  ])('refuses %s', async (_what, params, code) => {
    const app = await startApp(CLIENTS_PUBLISH);
    const client = await app.connect();
    expect(errorOf(await client.request('publish', params))).toBe(code);
  });

  it('delivers null, false, zero and empty data unchanged', async () => {
    const app = await startApp(CLIENTS_PUBLISH);
    const client = await app.connect();
    await client.subscribe('open-a');
    for (const data of [null, false, 0, '']) {
      await client.request('publish', { channel: 'open-a', data });
      expect((await client.next('event')).data).toBe(data);
    }
  });
});

describe('the built-in requests', () => {
  it('include subscriptions, which lists the channels of the connection', async () => {
    const app = await startApp();
    const [client, other] = [await app.connect(), await app.connect()];
    await client.subscribe('a', 'b');
    await other.subscribe('c');
    expect((await client.request('subscriptions')).data).toEqual({
      status: 'success',
      result: { channels: ['a', 'b'] },
    });
  });

  it('include get_stats for clients only with clientStats, otherwise it is METHOD_NOT_FOUND', async () => {
    const client = await (await startApp()).connect();
    expect(errorOf(await client.request('get_stats'))).toBe('METHOD_NOT_FOUND');
  });

  it('include get_stats with clientStats, which counts what is open', async () => {
    const app = await startApp({ clientStats: true });
    const [client, other] = [await app.connect(), await app.connect()];
    await client.subscribe('a', 'b');
    other.webSocket.close();
    await other.closed;
    await expect.poll(() => app.registry.list().length).toBe(1);
    const { data } = await client.request('get_stats');
    expect(data).toMatchObject({
      status: 'success',
      result: {
        active_connections: 1,
        total_connections: 2,
        peak_connections: 2,
        authenticated_connections: 1,
        channels: 2,
      },
    });
  });

  it('include ping, which answers with the time of the server', async () => {
    const app = await startApp();
    const client = await app.connect();
    const { data } = await client.request('ping');
    const { timestamp } = (data as { result: { timestamp: number } }).result;
    expect(Math.abs(timestamp - Date.now())).toBeLessThan(5000);
  });

  it.each(['no-such', 'constructor', '__proto__', 'toString', 'getStats'])(
    'do not include %s, which is METHOD_NOT_FOUND',
    async (method) => {
      const app = await startApp();
      const client = await app.connect();
      expect(errorOf(await client.request(method))).toBe('METHOD_NOT_FOUND');
    },
  );
});

describe('a request to a method of the application', () => {
  const start = () => startApp(testAuth, { providers: [Methods] });

  it.each([
    ['echo', { a: [1] }, { a: [1] }],
    ['who', undefined, { user: 'alice', same: true }],
    ['one', { one: 'picked', two: 2 }, 'picked'],
    ['nothing', undefined, null],
  ])('is answered with the result of %s', async (method, params, result) => {
    const app = await start();
    const client = await app.connect('?token=token-alice');
    expect((await client.request(method, params)).data).toEqual({ status: 'success', result });
  });

  it('is answered with the WsError that the method throws, word for word', async () => {
    const app = await start();
    const client = await app.connect('?token=token-alice');
    const { data } = await client.request('expected');
    const error = { code: 'CHANNEL_NOT_FOUND', message: 'No such room.', details: { channel: 'x' } };
    expect(data).toEqual({ status: 'error', error });
  });

  it('is answered with REQUEST_TIMEOUT alone when its method ends after the timeout', async () => {
    const app = await start();
    const client = await app.connect('?token=token-alice');
    client.send({ type: 'request', correlation_id: 'r', data: { method: 'held', timeout: 60 } });
    expect(errorOf(await client.next('response'))).toBe('REQUEST_TIMEOUT');
    app.app.get(Methods).release();
    await pause(150);
    await client.settle();
    expect(answersTo(client, 'r')).toBe(1);
  });

  it('is answered once when its method ends within the timeout', async () => {
    const app = await start();
    const client = await app.connect('?token=token-alice');
    client.send({ type: 'request', correlation_id: 'r', data: { method: 'echo', params: 1, timeout: 50 } });
    await pause(250);
    await client.settle();
    expect(answersTo(client, 'r')).toBe(1);
  });

  it('delays neither the next request nor the next message when it is slow', async () => {
    const app = await start();
    const client = await app.connect('?token=token-alice');
    client.send({ type: 'request', correlation_id: 'slow', data: { method: 'held' } });
    expect((await client.request('echo', 'fast')).data).toEqual({ status: 'success', result: 'fast' });
    await client.subscribe('a');
    app.app.get(Methods).release();
    expect((await client.next('response')).correlation_id).toBe('slow');
  });

  it('is refused when bufferSize requests are running, which are answered', async () => {
    const app = await startApp({ ...testAuth, bufferSize: 2 }, { providers: [Methods] });
    const client = await app.connect('?token=token-alice');
    for (const id of ['r1', 'r2', 'r3']) client.send({ type: 'request', correlation_id: id, data: { method: 'held' } });
    const refusal = await client.next('response');
    expect([refusal.correlation_id, errorOf(refusal)]).toEqual(['r3', 'RATE_LIMIT_EXCEEDED']);
    app.app.get(Methods).release();
    expect((await client.next('response')).correlation_id).toBe('r2');
  });

  it('is answered exactly once, also among a thousand', async () => {
    const app = await startApp({ ...testAuth, bufferSize: 1000 }, { providers: [Methods] });
    const client = await app.connect('?token=token-alice');
    const methods = ['echo', 'no-such', 'expected', 'nothing'];
    for (let at = 0; at < 1000; at += 1) {
      client.send({ type: 'request', correlation_id: `r${at}`, data: { method: methods[at % 4] } });
    }
    for (let at = 0; at < 1000; at += 1) await client.next('response');
    await client.settle();
    const ids = client.received.filter(({ type }) => type === 'response').map(({ correlation_id }) => correlation_id);
    expect(ids.length).toBe(1000);
    expect(new Set(ids).size).toBe(1000);
  });
});
