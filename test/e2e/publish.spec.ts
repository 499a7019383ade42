import { describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.js';
import { messageFrame } from '../support/raw-frames.js';
import { TestClient } from '../support/test-client.js';
import { API_KEY, bearer, jwtOf, withAuthentication } from './credentials.js';
import { TestServer } from './test-server.js';

describe('POST /api/publish', () => {
  it('delivers the data whole to an anonymous client', async () => {
    const server = await TestServer.start();
    const client = await TestClient.open(server.ws);
    await client.subscribe('agent-updates');
    const data = { text: 'ä', nested: [{ __proto__: null, constructor: 1 }], nothing: null };
    const answer = await server.post('/api/publish', { channel: 'agent-updates', data });
    expect([answer.status, await answer.json()]).toEqual([200, { delivered: 1 }]);
    expect((await client.next('event')).data).toEqual(data);
    await server.post('/api/publish', { channel: 'agent-updates', data: null });
    expect((await client.next('event')).data).toBeNull();
  });

  it('passes the data on as it was written, alone and in a batch', async () => {
    const server = await TestServer.start();
    const client = await RawClient.upgrade(server.port);
    client.write(messageFrame({ type: 'subscribe', data: { channels: ['a'] } }));
    await client.message();
    const written = '{ "id":9007199254740993,"pi":1.0, "pi":3.14, "__proto__":{"x":"\\ud800"} }';
    const one = `{"data":0,"\\u0064ata":${written},"channel":"a"}`;
    for (const body of [one, ` {"messages" : [ ${one} ] } `]) {
      expect((await server.post('/api/publish', body)).status).toBe(200);
      expect((await client.frame()).payload.toString()).toContain(`"data":${written},`);
    }
  });

  it('holds the data to the limits of a client message: numbers, levels and keys', async () => {
    const server = await TestServer.start();
    const ofData = async (data: string): Promise<unknown[]> => {
      const one = await server.post('/api/publish', `{"channel":"a","data":${data}}`);
      const batch = await server.post('/api/publish', `{"messages":[{"channel":"a","data":${data}}]}`);
      const { results } = (await batch.json()) as { results: { error?: { code: string } }[] };
      return [one.status, ((await one.json()) as { code: string }).code, results[0]?.error?.code];
    };
    const refused = [400, 'INVALID_MESSAGE', 'INVALID_MESSAGE'];
    const accepted = [200, undefined, undefined];
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const keys = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [at, 0])));
    expect(await ofData('1e400')).toEqual(refused);
    expect(await ofData('1e300')).toEqual(accepted);
    expect(await ofData(nested(32))).toEqual(refused);
    expect(await ofData(nested(31))).toEqual(accepted);
    expect(await ofData(keys(999))).toEqual(refused);
    expect(await ofData(keys(998))).toEqual(accepted);
  });

  it('refuses a body that is not plain UTF-8 JSON, or has unknown fields', async () => {
    const server = await TestServer.start();
    const statusOf = async (body: string | Buffer, type = 'application/json'): Promise<number> =>
      (await server.post('/api/publish', body, { 'Content-Type': type })).status;
    const good = '{"channel":"a","data":"ä"}';
    expect(await statusOf(good)).toBe(200);
    expect(await statusOf(good, 'Application/JSON; Charset="UTF-8"')).toBe(200);
    expect(await statusOf(Buffer.from(good, 'latin1'))).toBe(400);
    expect(await statusOf(Buffer.from(good, 'latin1'), 'application/json; charset=latin1')).toBe(415);
    expect(await statusOf(Buffer.from(good, 'utf16le'), 'application/json; charset=utf-16le')).toBe(400);
    expect(await statusOf(`\ufeff${good}`)).toBe(400);
    expect(await statusOf(good, 'text/plain')).toBe(400);
    expect(await statusOf('{"channel":"a","data":1,"idempotencyKey":"k"}')).toBe(400);
    expect(await statusOf('{"messages":[],"channel":"a"}')).toBe(400);
  });

  it('delivers to clients with a JWT and with an API key, in the channels that the token allows', async () => {
    const server = await TestServer.start(withAuthentication);
    const alice = await TestClient.open(`${server.ws}?token=${jwtOf({ sub: 'alice', channels: ['chat:*'] })}`);
    const bob = await TestClient.open(server.ws, { headers: { Authorization: `Bearer ${API_KEY}` } });
    expect((await alice.next('auth_response')).data).toMatchObject({ success: true, user_id: 'alice' });
    expect((await bob.next('auth_response')).data).toMatchObject({ success: true, user_id: 'bob' });
    expect((await alice.subscribe('chat:1', 'news')).data).toMatchObject({
      subscribed: ['chat:1'],
      failed: [{ channel: 'news', code: 'PERMISSION_DENIED' }],
    });
    await bob.subscribe('chat:1');
    const answer = await server.post('/api/publish', { channel: 'chat:1', data: 7 }, bearer);
    expect(await answer.json()).toEqual({ delivered: 2 });
    expect((await alice.next('event')).data).toBe(7);
    expect((await bob.next('event')).data).toBe(7);
  });

  it('publishes with metadata, and keeps an event from a user or a connection, alone and in a batch', async () => {
    const server = await TestServer.start({ SKREAVER_WS_CHANNELS: '{"kept":{"history":{"size":10,"ttl":60000}}}' });
    const left = await TestClient.open(server.ws);
    const { connections } = (await (await server.get('/api/connections')).json()) as {
      connections: { connection_id: string; user_id: string }[];
    };
    const [ids] = connections as [{ connection_id: string; user_id: string }];
    const clients = [left, await TestClient.open(server.ws)];
    for (const client of clients) await client.subscribe('kept');
    const event = { channel: 'kept', data: 1, metadata: { trace: 't' }, except: { user_id: ids.user_id } };
    expect(await (await server.post('/api/publish', event)).json()).toMatchObject({ delivered: 1 });
    const messages = [{ ...event, except: { connection_id: ids.connection_id } }];
    expect(await (await server.post('/api/publish', { messages })).json()).toMatchObject({
      results: [{ delivered: 1 }],
    });
    for (const [at, client] of clients.entries()) {
      for (const _ of [1, 2]) {
        const { data: got, metadata } = await client.next('event');
        expect([got, metadata.app, metadata.kind]).toEqual(
          at === 0 ? [null, undefined, 'skipped'] : [1, { trace: 't' }, undefined],
        );
      }
    }
    for (const wrong of [{}, 'ann', { user_id: 7 }, { userId: 'ann' }, { user_id: 'ann', all: true }]) {
      const answer = await server.post('/api/publish', { channel: 'kept', data: 1, except: wrong });
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'INVALID_PARAMS' }]);
    }
  });

  it('publishes once under one idempotency_key, and answers with the position in a channel with history', async () => {
    const channels = JSON.stringify({ kept: { history: { size: 10, ttl: '1m' } } });
    const server = await TestServer.start({ SKREAVER_WS_CHANNELS: channels });
    const publish = async (body: object): Promise<unknown> => (await server.post('/api/publish', body)).json();
    const event = { channel: 'kept', data: 1, idempotency_key: 'k-1' };
    const position = { epoch: expect.any(String) as string, offset: 1 };
    expect(await publish(event)).toEqual({ delivered: 0, ...position });
    expect(await publish(event)).toEqual({ delivered: 0, ...position, duplicate: true });
    const wrong = { ...event, idempotency_key: 7 };
    expect(await publish({ messages: [event, wrong, { channel: 'kept', data: 2 }] })).toEqual({
      results: [
        { delivered: 0, ...position, duplicate: true },
        { error: { code: 'INVALID_PARAMS', message: expect.any(String) } },
        { delivered: 0, ...position, offset: 2 },
      ],
    });
  });

  it('answers a batch in order, each message with its own result', async () => {
    const server = await TestServer.start();
    const client = await TestClient.open(server.ws);
    await client.subscribe('a');
    const messages = [
      { channel: 'a', data: 1 },
      { channel: 'not a name', data: 2 },
      { channel: 'a' },
      { channel: 'a', data: 4 },
    ];
    const answer = await server.post('/api/publish', { messages });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      results: [
        { delivered: 1 },
        { error: { code: 'INVALID_CHANNEL', message: expect.any(String) } },
        { error: { code: 'INVALID_PARAMS', message: expect.any(String) } },
        { delivered: 1 },
      ],
    });
    expect([(await client.next('event')).data, (await client.next('event')).data]).toEqual([1, 4]);
  });

  it('refuses invalid input with a status, a code and a message', async () => {
    const server = await TestServer.start({
      SKREAVER_WS_MAX_MESSAGE_SIZE: '1KiB',
      SKREAVER_WS_MAX_BUFFERED_BYTES: '8KiB',
    });
    const refusal = async (body: unknown, headers?: Record<string, string>): Promise<unknown[]> => {
      const answer = await server.post('/api/publish', body, headers);
      const { code, message, ...rest } = (await answer.json()) as Record<string, unknown>;
      expect(rest).toEqual({});
      expect(typeof message).toBe('string');
      return [answer.status, code];
    };
    expect(await refusal({ channel: 'a b', data: 1 })).toEqual([400, 'INVALID_CHANNEL']);
    expect(await refusal({ channel: 'a' })).toEqual([400, 'INVALID_PARAMS']);
    expect(await refusal({ data: 1 })).toEqual([400, 'INVALID_PARAMS']);
    expect(await refusal([])).toEqual([400, 'INVALID_PARAMS']);
    expect(await refusal({ messages: {} })).toEqual([400, 'INVALID_PARAMS']);
    expect(await refusal({ messages: Array.from({ length: 1001 }, () => 0) })).toEqual([400, 'INVALID_PARAMS']);
    expect(await refusal('channel=a&data=1', { 'Content-Type': 'application/x-www-form-urlencoded' })).toEqual([
      400,
      'INVALID_PARAMS',
    ]);
    expect(await refusal('{"channel":')).toEqual([400, 'BAD_REQUEST']);
    expect(await refusal({ channel: 'a', data: 'x'.repeat(8140) })).toEqual([413, 'MESSAGE_TOO_LARGE']);
    expect(await refusal({ channel: 'a', data: 'x'.repeat(9000) })).toEqual([413, 'MESSAGE_TOO_LARGE']);
  });
});
