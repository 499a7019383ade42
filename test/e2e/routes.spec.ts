import { describe, expect, it } from 'vitest';
import { TestClient } from '../support/test-client.js';
import { API_KEY, bearer, withAuthentication } from './credentials.js';
import { TestServer } from './test-server.js';

describe('the HTTP API', () => {
  it('lists connections and closes them', async () => {
    const server = await TestServer.start();
    const [first, second] = [await TestClient.open(server.ws), await TestClient.open(server.ws)];
    await first.subscribe('a');
    await second.subscribe('a', 'b');
    expect(await (await server.get('/api/stats')).json()).toMatchObject({ active_connections: 2, channels: 2 });
    expect(await (await server.get('/api/channels')).json()).toEqual({
      channels: expect.arrayContaining([
        { channel: 'a', subscribers: 2 },
        { channel: 'b', subscribers: 1 },
      ]),
    });
    const { total, connections } = (await (await server.get('/api/connections?limit=1')).json()) as {
      total: number;
      connections: { connection_id: string; user_id: string }[];
    };
    expect([total, connections.length]).toEqual([2, 1]);
    const [{ connection_id: id, user_id: user } = { connection_id: '', user_id: '' }] = connections;
    expect(connections[0]).toMatchObject({ client_addr: '127.0.0.1', channels: ['a'] });
    expect(await (await server.get(`/api/connections?user_id=${user}`)).json()).toMatchObject({ total: 1 });

    expect(await (await server.post('/api/disconnect', { connection_id: 'unknown' })).json()).toEqual({
      disconnected: 0,
    });
    expect(await (await server.post('/api/disconnect', { connection_id: id })).json()).toEqual({ disconnected: 1 });
    expect((await first.closed).code).toBe(4505);
    const [other] = ((await (await server.get('/api/connections')).json()) as { connections: typeof connections })
      .connections;
    const body = { user_id: other?.user_id, code: 'reconnect' };
    expect(await (await server.post('/api/disconnect', body)).json()).toEqual({ disconnected: 1 });
    expect((await second.closed).code).toBe(4005);
  });

  it('lists the nodes of the server, of which it is one', async () => {
    const server = await TestServer.start();
    await TestClient.open(server.ws);
    const { nodes, unconfirmed } = (await (await server.get('/api/nodes')).json()) as {
      nodes: Record<string, unknown>[];
      unconfirmed: number;
    };
    expect([nodes.length, unconfirmed]).toEqual([1, 0]);
    expect(nodes[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{8}$/),
      version: expect.any(String),
      started_at: expect.stringMatching(/^\d{4}-.*Z$/),
      uptime_seconds: expect.any(Number),
      connections: 1,
      loop_lag_ms: expect.any(Number),
      backplane: { state: 'live', since: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
  });

  it('moves a share of the connections away, which come back with a hint', async () => {
    const server = await TestServer.start();
    const clients = [await TestClient.open(server.ws), await TestClient.open(server.ws)];
    const answer = await server.post('/api/rebalance', { share: 0.5, over_ms: 0 });
    expect([answer.status, await answer.json()]).toEqual([200, { connections: 1 }]);
    const { code, reason } = await Promise.race(clients.map(({ closed }) => closed));
    expect([code, reason]).toEqual([4005, expect.stringMatching(/^RECONNECT;retry_after_ms=\d+$/)]);
    await expect
      .poll(async () => (await (await server.get('/api/connections')).json()) as object)
      .toMatchObject({ total: 1 });
    for (const body of [
      {},
      { share: 0 },
      { share: 2 },
      { share: '1' },
      { share: 1, over_ms: -1 },
      { share: 1, over: 1 },
    ])
      expect([body, (await server.post('/api/rebalance', body)).status]).toEqual([body, 400]);
  });

  it('lists the methods of the server in development, and says why not in production', async () => {
    const server = await TestServer.start();
    const { methods } = (await (await server.get('/api/methods')).json()) as { methods: { method: string }[] };
    expect(methods).toContainEqual({
      method: 'ping',
      provider: 'BuiltInRequests',
      handler: 'ping',
      builtIn: true,
      streaming: false,
    });
    expect(methods).toContainEqual(
      expect.objectContaining({
        method: 'presence',
        params: {
          type: 'object',
          properties: { channel: { type: 'string', pattern: '^[A-Za-z0-9._:/-]+$', maxLength: 255 } },
          required: ['channel'],
        },
      }),
    );
    const production = await TestServer.start({ NODE_ENV: 'production', SKREAVER_WS_AUTH: 'none' });
    const answer = await production.get('/api/methods');
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { code: 'NOT_FOUND', message: 'The methods are listed in development only; NODE_ENV is "production".' },
    ]);
  });

  it('revokes the subscriptions of a user', async () => {
    const server = await TestServer.start(withAuthentication);
    const clients = [
      await TestClient.open(`${server.ws}?token=${API_KEY}`),
      await TestClient.open(`${server.ws}?token=${API_KEY}`),
    ];
    for (const client of clients) await client.subscribe('a', 'b');
    const revoke = async (body: object | string): Promise<unknown> =>
      (await server.post('/api/revoke', body, bearer)).json();
    expect(await revoke({ user_id: 'bob', channel: 'a' })).toEqual({ connections: 2 });
    expect(await revoke({ user_id: 'bob' })).toEqual({ connections: 2 });
    for (const client of clients) {
      for (const channel of ['a', 'b']) {
        expect((await client.next('unsubscribe_response')).data).toMatchObject({ unsubscribed: [channel] });
      }
    }
    expect(await revoke({ user_id: 'nobody' })).toEqual({ connections: 0 });
    const wrong = [{}, '', [], { user_id: '' }, { user_id: 1 }, { user_id: null }, { user_id: 'a', chanel: 'a' }];
    for (const body of [...wrong, { user_id: 'a', channel: null }, [{ user_id: 'a' }]]) {
      expect([body, await revoke(body)]).toEqual([body, { code: 'INVALID_PARAMS', message: expect.any(String) }]);
    }
    expect(await revoke({ user_id: 'bob', channel: 'no good' })).toMatchObject({ code: 'INVALID_CHANNEL' });
  });

  it('refuses unknown parameters with 400 and unknown paths with 404', async () => {
    const server = await TestServer.start();
    for (const body of [
      {},
      { connection_id: 'a', user_id: 'b' },
      { user: 'a' },
      { user_id: 'a', code: 'x' },
      { user_id: 1 },
      { user_id: null },
      { connection_id: null },
      { connection_id: 'a', user_id: null },
      { user_id: 'a', code: null },
      [],
      [{ user_id: 'a' }],
    ]) {
      const answer = await server.post('/api/disconnect', body);
      expect([answer.status, await answer.json()]).toEqual([
        400,
        { code: 'INVALID_PARAMS', message: expect.any(String) },
      ]);
    }
    for (const query of ['limit=0', 'limit=x', 'limit=10001', 'user_id=', 'page=1', 'user_id=a&user_id=b']) {
      expect([query, (await server.get(`/api/connections?${query}`)).status]).toEqual([query, 400]);
    }
    const missing = await server.get('/nothing?token=abc');
    expect([missing.status, await missing.json()]).toEqual([404, { code: 'NOT_FOUND', message: expect.any(String) }]);
  });
});

describe('the standalone server', () => {
  it('serves health to everyone, and metrics too on loopback without authentication', async () => {
    const server = await TestServer.start();
    await TestClient.open(server.ws);
    const metrics = await (await server.get('/metrics')).text();
    expect(metrics).toMatch(/^websocket_connections_active 1$/m);
    expect(metrics).toMatch(/^process_cpu_user_seconds_total /m);
    expect((await server.get('/health/live')).status).toBe(200);
    const ready = await server.get('/health/ready');
    expect([ready.status, await ready.json()]).toMatchObject([200, { details: { websocket: { connections: 1 } } }]);
  });

  it('answers a request head that is never completed with 408', async () => {
    const server = await TestServer.start();
    const began = performance.now();
    const answer = await server.answerTo('GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: webso');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('{"code":"REQUEST_TIMEOUT"');
    expect(performance.now() - began).toBeGreaterThan(9000);
  });

  it('answers bytes that are not HTTP with 400, and headers that are too large with 431', async () => {
    const server = await TestServer.start();
    expect(await server.answerTo('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*\{"code":"BAD_REQUEST"/);
    const large = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await server.answerTo(large)).toMatch(/^HTTP\/1\.1 431 [^]*\{"code":"HEADERS_TOO_LARGE"/);
  });
});
