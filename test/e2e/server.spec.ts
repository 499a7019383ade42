import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseCloseReason } from '@skreaver/protocol';
import { RawClient } from '../support/raw-client.js';
import { messageFrame } from '../support/raw-frames.js';
import { TestClient } from '../support/test-client.js';

const MAIN = fileURLToPath(new URL('../../apps/server/dist/main.js', import.meta.url));
const SECRET = 'a-secret-of-no-less-than-32-bytes!';
const PUBLISH_KEY = 'publish-key-of-some-length';
const API_KEY = 'api-key-of-some-length';
const withAuthentication = {
  SKREAVER_WS_HOST: '127.0.0.1',
  SKREAVER_WS_JWT_SECRET: SECRET,
  SKREAVER_WS_API_KEYS: `${API_KEY}=bob`,
  SKREAVER_WS_PUBLISH_KEYS: PUBLISH_KEY,
};

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A token as another service signs it (RFC 7515), valid for ten minutes. */
function jwtOf(claims: Record<string, unknown>): string {
  const exp = Math.floor(Date.now() / 1000) + 600;
  const text = `${encoded({ alg: 'HS256' })}.${encoded({ exp, ...claims })}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

/** A server process of its own, on a free port. */
class Server {
  stdout = '';
  stderr = '';
  readonly exited: Promise<number | null>;

  private constructor(private readonly process: ChildProcess) {
    process.stdout?.on('data', (chunk) => (this.stdout += String(chunk)));
    process.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
    this.exited = once(process, 'close').then(([code]) => code as number | null);
    onTestFinished(() => void process.kill('SIGKILL'));
  }

  static around(process: ChildProcess): Server {
    return new Server(process);
  }

  static spawn(env: Record<string, string>): Server {
    const { PATH = '' } = process.env;
    return new Server(spawn(process.execPath, [MAIN], { env: { PATH, SKREAVER_WS_PORT: '0', ...env } }));
  }

  static async start(env: Record<string, string> = {}): Promise<Server> {
    const server = Server.spawn(env);
    await vi.waitUntil(() => server.stdout.includes('  Publish '), { timeout: 15_000 });
    return server;
  }

  get port(): number {
    return Number(/ws:\/\/[^/]+:(\d+)\//.exec(this.stdout)?.[1]);
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { headers });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    });
  }

  /** A peer that sends these bytes and stays. */
  async connect(bytes: string): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(bytes);
    return socket;
  }

  /** What a peer gets that sends these bytes and nothing more, until it is cut off. */
  async answerTo(bytes: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1', () => socket.write(bytes));
    onTestFinished(() => void socket.destroy());
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    await once(socket, 'close');
    return answer;
  }
}

const bearer = { Authorization: `Bearer ${PUBLISH_KEY}` };

describe('the start', () => {
  it('prints one screen: where, who gets in, the limits and lines to paste', async () => {
    const { stdout, port } = await Server.start();
    expect(stdout).toContain(`ws://127.0.0.1:${port}/ws`);
    expect(stdout).toContain('anonymous, no token asked for');
    expect(stdout).toContain('1000 connections (10 per address)');
    expect(stdout).toContain(`npx wscat -c 'ws://127.0.0.1:${port}/ws?heartbeat=frame'`);
    expect(stdout).toContain(`curl http://127.0.0.1:${port}/api/publish`);
    expect(stdout.trim().split('\n').length).toBeLessThan(24);
  });

  it('prints no secret', async () => {
    const { stdout, stderr } = await Server.start(withAuthentication);
    for (const secret of [SECRET, API_KEY, PUBLISH_KEY]) expect(stdout + stderr).not.toContain(secret);
  });

  it('ends with one sentence for each wrong value and exit code 1', async () => {
    const server = Server.spawn({ SKREAVER_WS_PING_INTERVAL: 'soon', SKREAVER_WS_LOG_LEVEL: 'loud' });
    expect(await server.exited).toBe(1);
    expect(server.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^SKREAVER_WS_PING_INTERVAL is "soon"; allowed: a duration/),
      expect.stringMatching(/^SKREAVER_WS_LOG_LEVEL is "loud"; allowed: one of/),
    ]);
    expect(server.stdout).toBe('');
  });

  it('ends with one sentence when the port is in use', async () => {
    const { port } = await Server.start();
    const second = Server.spawn({ SKREAVER_WS_PORT: String(port) });
    expect(await second.exited).toBe(1);
    expect(second.stderr).toBe(
      `127.0.0.1:${port} is in use by another process; set SKREAVER_WS_PORT to a free port.\n`,
    );
  });

  it('under a low limit of open files serves, or ends and says so', async () => {
    const { PATH = '' } = process.env;
    const command = `ulimit -n 120 && exec "$0" "$1"`;
    const child = spawn('sh', ['-c', command, process.execPath, MAIN], { env: { PATH, SKREAVER_WS_PORT: '0' } });
    const server = Server.around(child);
    await vi.waitUntil(() => server.stdout.includes('  Publish ') || child.exitCode !== null, { timeout: 15_000 });
    // Node 20 opens all modules at once, later ones do not.
    if (child.exitCode === null) return;
    await server.exited;
    expect(server.stderr).toMatch(/^Too many open files \(EMFILE\): "ulimit -n" is 120; set it above maxConnections/);
  });

  it('is refused in production without authentication', async () => {
    const server = Server.spawn({ NODE_ENV: 'production' });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toMatch(/^NODE_ENV is "production" and no authentication is set; .*\n$/);
  });
});

describe('what is published', () => {
  it('reaches an anonymous client, whole', async () => {
    const server = await Server.start();
    const client = await TestClient.open(server.ws);
    await client.subscribe('agent-updates');
    const data = { text: 'ä', nested: [{ __proto__: null, constructor: 1 }], nothing: null };
    const answer = await server.post('/api/publish', { channel: 'agent-updates', data });
    expect([answer.status, await answer.json()]).toEqual([200, { delivered: 1 }]);
    expect((await client.next('event')).data).toEqual(data);
    await server.post('/api/publish', { channel: 'agent-updates', data: null });
    expect((await client.next('event')).data).toBeNull();
  });

  it('is passed on as it was written, alone and in a batch', async () => {
    const server = await Server.start();
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

  it('keeps the rules of a client message: numbers, levels and keys', async () => {
    const server = await Server.start();
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

  it('is refused where it would reach nobody as it was sent: not UTF-8, a byte order mark, unknown fields', async () => {
    const server = await Server.start();
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

  it('reaches clients with a JWT and with an API key, as the token allows', async () => {
    const server = await Server.start(withAuthentication);
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

  it('is published once under one idempotency_key, and has a position where the channel keeps history', async () => {
    const channels = JSON.stringify({ kept: { history: { size: 10, ttl: '1m' } } });
    const server = await Server.start({ SKREAVER_WS_CHANNELS: channels });
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

  it('may be a batch, answered in order', async () => {
    const server = await Server.start();
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

  it('is refused with the reason', async () => {
    const server = await Server.start({ SKREAVER_WS_MAX_MESSAGE_SIZE: '1KiB', SKREAVER_WS_MAX_BUFFERED_BYTES: '8KiB' });
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

describe('the keys of the API', () => {
  const routes = ['/api/stats', '/api/connections', '/api/channels', '/API/stats', '/api/stats/', '/api'];

  it('are asked for everywhere below /api', async () => {
    const server = await Server.start(withAuthentication);
    for (const path of routes) {
      for (const headers of [{}, { Authorization: 'Bearer wrong' }, { 'X-API-Key': API_KEY }]) {
        const answer = await server.get(path, headers);
        expect([path, answer.status]).toEqual([path, 401]);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="skreaver-ws"');
        expect(await answer.json()).toMatchObject({ code: 'AUTHENTICATION_REQUIRED' });
      }
    }
    const answer = await server.post('/api/publish', '{"channel":');
    expect(answer.status).toBe(401);
  });

  it('open it as a bearer token and as X-API-Key', async () => {
    const server = await Server.start(withAuthentication);
    expect((await server.get('/api/stats', bearer)).status).toBe(200);
    expect((await server.get('/api/stats', { 'X-API-Key': PUBLISH_KEY })).status).toBe(200);
  });

  it('leave it closed when there are none, and the answer says what to set', async () => {
    const { SKREAVER_WS_PUBLISH_KEYS: _, ...withoutKeys } = withAuthentication;
    const server = await Server.start(withoutKeys);
    const answer = await server.get('/api/stats', bearer);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('Set SKREAVER_WS_PUBLISH_KEYS') });
  });

  it('are not needed on loopback without authentication, but for a name that is not loopback', async () => {
    const server = await Server.start();
    expect((await server.get('/api/stats')).status).toBe(200);
    const answer = await server.answerTo('GET /api/stats HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('{"code":"PERMISSION_DENIED"');
  });
});

describe('the other routes', () => {
  it('show and end connections', async () => {
    const server = await Server.start();
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

  it('take subscriptions from a user', async () => {
    const server = await Server.start(withAuthentication);
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

  it('refuse what they do not know', async () => {
    const server = await Server.start();
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

  it('give metrics to who has a key for them, where clients need a token', async () => {
    const { SKREAVER_WS_PUBLISH_KEYS: _, ...withoutKeys } = withAuthentication;
    const statusOf = async (server: Server, key?: string): Promise<number> =>
      (await server.get('/metrics', key === undefined ? {} : { Authorization: `Bearer ${key}` })).status;
    const closed = await Server.start(withoutKeys);
    expect(await statusOf(closed, PUBLISH_KEY)).toBe(401);
    expect(await (await closed.get('/metrics')).json()).toMatchObject({
      message: expect.stringContaining('Set SKREAVER_WS_METRICS_KEYS'),
    });
    const withPublishKey = await Server.start(withAuthentication);
    for (const path of ['/metrics', '/METRICS', '/metrics/', '/metrics?a=1', '//metrics']) {
      expect([path, (await withPublishKey.get(path)).status]).not.toEqual([path, 200]);
    }
    expect(await statusOf(withPublishKey, PUBLISH_KEY)).toBe(200);
    const metricsKey = 'metrics-key-of-some-length';
    const withOwnKey = await Server.start({ ...withAuthentication, SKREAVER_WS_METRICS_KEYS: metricsKey });
    expect(await statusOf(withOwnKey, PUBLISH_KEY)).toBe(401);
    expect(await statusOf(withOwnKey, metricsKey)).toBe(200);
    expect((await withOwnKey.get('/api/stats', { Authorization: `Bearer ${metricsKey}` })).status).toBe(401);
  });

  it('give health to everyone, and metrics as well on loopback without authentication', async () => {
    const server = await Server.start();
    await TestClient.open(server.ws);
    const metrics = await (await server.get('/metrics')).text();
    expect(metrics).toMatch(/^websocket_connections_active 1$/m);
    expect(metrics).toMatch(/^process_cpu_user_seconds_total /m);
    expect((await server.get('/health/live')).status).toBe(200);
    const ready = await server.get('/health/ready');
    expect([ready.status, await ready.json()]).toMatchObject([200, { details: { websocket: { connections: 1 } } }]);
  });

  it('answer a head that is not completed with 408', async () => {
    const server = await Server.start();
    const began = performance.now();
    const answer = await server.answerTo('GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: webso');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('{"code":"REQUEST_TIMEOUT"');
    expect(performance.now() - began).toBeGreaterThan(9000);
  });

  it('answer what is no HTTP with 400, and headers that are too large with 431', async () => {
    const server = await Server.start();
    expect(await server.answerTo('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*\{"code":"BAD_REQUEST"/);
    const large = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await server.answerTo(large)).toMatch(/^HTTP\/1\.1 431 [^]*\{"code":"HEADERS_TOO_LARGE"/);
  });
});

describe('the end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s sends clients away with a hint and exits with 0', async (signal) => {
    const server = await Server.start();
    const clients = await Promise.all([1, 2, 3].map(() => TestClient.open(server.ws)));
    server.signal(signal);
    for (const client of clients) {
      const { code, reason } = await client.closed;
      expect(code).toBe(1012);
      expect(parseCloseReason(reason).retryAfterMs).toBeGreaterThanOrEqual(0);
    }
    expect(await server.exited).toBe(0);
  });

  it('shows red while it drains, and comes in time though a client does not leave', async () => {
    const server = await Server.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '2s' });
    const client = await TestClient.open(server.ws);
    client.webSocket.pause();
    const began = performance.now();
    server.signal('SIGTERM');
    await expect.poll(async () => (await server.get('/health/ready')).status, { interval: 20 }).toBe(503);
    expect(await (await server.get('/health/ready')).json()).toMatchObject({
      status: 'error',
      details: { websocket: { status: 'down', draining: true, connections: expect.any(Number) } },
    });
    expect((await server.get('/health/live')).status).toBe(200);
    await expect(TestClient.open(server.ws)).rejects.toThrow('503');
    expect(await server.exited).toBe(0);
    expect(performance.now() - began).toBeLessThan(3500);
  });

  it('refuses what is published from the moment it drains, and says when to try again', async () => {
    const server = await Server.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '2s' });
    (await TestClient.open(server.ws)).webSocket.pause();
    server.signal('SIGTERM');
    await expect.poll(async () => (await server.get('/health/ready')).status, { interval: 20 }).toBe(503);
    const one = { channel: 'a', data: 1 };
    for (const body of [one, { messages: [one, one] }]) {
      const answer = await server.post('/api/publish', body);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await answer.json()).toEqual({ code: 'SERVICE_RESTART', message: expect.any(String) });
    }
  });

  it('does not wait for connections that ask nothing, or not wholly', async () => {
    const server = await Server.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '10s' });
    const silent = await server.connect('');
    const half = await server.connect('GET /health/live HTTP/1.1\r\nHos');
    const idle = await server.connect('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(idle, 'data');
    const began = performance.now();
    server.signal('SIGTERM');
    await Promise.all([silent, half, idle].map((socket) => once(socket, 'close')));
    expect(await server.exited).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('cuts a request that is not sent to its end when the time is over', async () => {
    const server = await Server.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '1s' });
    const head = 'POST /api/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const socket = await server.connect(`${head}Content-Length: 100\r\n\r\n{`);
    expect((await server.get('/health/live')).status).toBe(200);
    const began = performance.now();
    server.signal('SIGTERM');
    await once(socket, 'close');
    expect(await server.exited).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(900);
    expect(performance.now() - began).toBeLessThan(4000);
  });

  it('comes at once at the second SIGINT', async () => {
    const server = await Server.start({ SKREAVER_WS_SHUTDOWN_TIMEOUT: '60s' });
    (await TestClient.open(server.ws)).webSocket.pause();
    server.signal('SIGINT');
    await expect.poll(async () => (await server.get('/health/ready')).status, { interval: 20 }).toBe(503);
    server.signal('SIGINT');
    expect(await server.exited).toBe(130);
  });
});

describe('a token', () => {
  it('that is renewed with fewer channels ends the subscriptions to the others', async () => {
    const server = await Server.start(withAuthentication);
    const alice = await TestClient.open(`${server.ws}?token=${jwtOf({ sub: 'alice', channels: ['chat:*', 'news'] })}`);
    expect((await alice.subscribe('chat:1', 'chat:2', 'news')).data.success).toBe(true);
    await alice.ask({ type: 'auth', data: { token: jwtOf({ sub: 'alice', channels: ['chat:1', 'news'] }) } });
    expect((await alice.next('unsubscribe_response')).data).toMatchObject({ unsubscribed: ['chat:2'] });
    expect((await alice.request('subscriptions')).data).toMatchObject({ result: { channels: ['chat:1', 'news'] } });
  });

  it('is never in what the server writes', async () => {
    const server = await Server.start({ ...withAuthentication, SKREAVER_WS_LOG_LEVEL: 'trace' });
    const good = jwtOf({ sub: 'alice' });
    const wrong = 'wrong-token-wrong-token';
    await (await TestClient.open(`${server.ws}?token=${good}`)).next('auth_response');
    await (
      await TestClient.open(`${server.ws}?token=${wrong}`)
    ).closed;
    const client = await TestClient.open(server.ws);
    client.send({ type: 'auth', data: { token: wrong } });
    await client.next('auth_response');
    client.send(`{"type":"auth","data":{"token":"${wrong}"`);
    await client.next('error');
    await server.get(`/ws?token=${wrong}`, { Authorization: `Bearer ${wrong}`, Cookie: wrong });
    await server.post(`/api/publish?token=${wrong}`, `{"token":"${wrong}"`, { 'X-API-Key': wrong });
    await server.post('/api/publish', `{"token":"${wrong}"`, bearer);
    await expect.poll(() => server.stdout).toContain('/ws?token=[redacted]');
    server.signal('SIGTERM');
    await server.exited;
    for (const secret of [good, wrong, SECRET, API_KEY, PUBLISH_KEY]) {
      expect(server.stdout).not.toContain(secret);
      expect(server.stderr).not.toContain(secret);
    }
  });
});
