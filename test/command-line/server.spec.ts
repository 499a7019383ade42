import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { API_KEY, PUBLISH_KEY, SECRET, jwtOf, withAuthentication } from '../e2e/credentials.js';
import { TestServer } from '../e2e/test-server.js';
import { CliProcess, call } from './cli-process.js';

const fileWith = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'skreaver-settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'settings.env');
  writeFileSync(path, text);
  return path;
};

describe('serve', () => {
  it('is the standalone server, with port and host of its options, and a file of settings below the environment', async () => {
    const file = fileWith(`SKREAVER_WS_PATH=/live\nSKREAVER_WS_MAX_CONNECTIONS=7\n`);
    const serve = new CliProcess(['serve', '--port', '0', '--host', '127.0.0.1', '--settings', file], {
      SKREAVER_WS_MAX_CONNECTIONS: '8',
      SKREAVER_WS_PORT: '1',
    });
    await expect
      .poll(() => serve.stdout)
      .toMatch(/WebSocket +ws:\/\/127\.0\.0\.1:\d+\/live\n[^]*8 connections[^]*Publish/);
    serve.signal('SIGTERM');
    expect(await serve.exited).toBe(0);
  });

  it('serves with the workers of its settings, which share port and channels', async () => {
    const serve = new CliProcess(['serve', '--port', '0', '--settings', fileWith('SKREAVER_WS_WORKERS=2\n')]);
    await expect.poll(() => serve.stdout).toMatch(/process \d+ and 2 workers[^]*WebSocket +ws:\S+\n[^]*Publish/);
    const [, SKREAVER_URL = ''] = /WebSocket +(ws:\S+)/.exec(serve.stdout) ?? [];
    // Connections are dealt out in turn: two that follow each other are with different workers.
    const subs = [1, 2].map(() => new CliProcess(['sub', 'news', '--count', '1'], { SKREAVER_URL }));
    for (const sub of subs) await sub.says('Subscribed to news.');
    const pub = await call(['pub', 'news', '{"n":1}', '--http'], { SKREAVER_URL });
    expect([pub.code, JSON.parse(pub.stdout)]).toEqual([0, expect.objectContaining({ nodes: 2 })]);
    for (const sub of subs) expect([await sub.exited, sub.stdout]).toEqual([0, '{"n":1}\n']);
    serve.signal('SIGTERM');
    expect(await serve.exited).toBe(0);
  });

  it('exits with 1 where the file of its settings cannot be read, and says so', async () => {
    const { code, stderr } = await call(['serve', '--settings', 'nowhere.env']);
    expect([code, stderr]).toEqual([
      1,
      "skreaver-ws: --settings cannot be read: ENOENT: no such file or directory, open 'nowhere.env'\n",
    ]);
  });

  it('says what is wrong with the settings, and exits with 1', async () => {
    const { code, stderr } = await call(['serve', '--port', 'http']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^SKREAVER_WS_PORT is "http"; allowed: a port number/)]);
  });
});

describe('pub --http', () => {
  it('publishes by the HTTP API with a key, the data exactly as it was written', async () => {
    const server = await TestServer.start(withAuthentication);
    const url = { SKREAVER_URL: server.ws };
    const sub = new CliProcess(['sub', 'big', '--count', '1'], { ...url, SKREAVER_TOKEN: API_KEY });
    await sub.says('Subscribed to big.');
    const pub = await call(['pub', 'big', '12345678901234567890', '--http'], { ...url, SKREAVER_TOKEN: PUBLISH_KEY });
    expect(pub).toEqual({ code: 0, stdout: '{"delivered":1}\n', stderr: '' });
    expect(await sub.exited).toBe(0);
    const [wrong, none] = await Promise.all([
      call(['pub', 'big', '1', '--http'], { ...url, SKREAVER_TOKEN: 'nonsense' }),
      call(['pub', 'not a channel', '1', '--http'], { ...url, SKREAVER_TOKEN: PUBLISH_KEY }),
    ]);
    expect([wrong.code, none.code]).toEqual([3, 1]);
    expect(none.stderr).toContain('The server refused the publication: HTTP 400 INVALID_');
  });
});

describe('token', () => {
  const env = { SKREAVER_WS_JWT_SECRET: SECRET, SKREAVER_WS_JWT_AUDIENCE: 'us,them', SKREAVER_WS_JWT_ISSUER: 'cli' };

  it('create makes a token that check and the server take, for its channels and its time', async () => {
    const made = await call(['token', 'create', '--user', 'ann', '--channels', 'agent-*, news', '--ttl', '90m'], env);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const checked = await call(['token', 'check'], env, made.stdout);
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    const { expires_at, ...rest } = JSON.parse(checked.stdout) as { expires_at: string };
    expect(rest).toEqual({ user_id: 'ann', channels: ['agent-*', 'news'] });
    const minutes = (Date.parse(expires_at) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(89);
    expect(minutes).toBeLessThanOrEqual(90.2);
    const server = await TestServer.start({ ...env, SKREAVER_WS_HOST: '127.0.0.1' });
    const client = { SKREAVER_URL: server.ws, SKREAVER_TOKEN: made.stdout.trim() };
    const [granted, denied] = await Promise.all([
      call(['sub', 'agent-7', '--wait', '10ms'], client),
      call(['sub', 'other', '--wait', '10s'], client),
    ]);
    expect([granted.code, denied.code]).toEqual([0, 3]);
  });

  it.each([
    ['another secret', { SKREAVER_WS_JWT_SECRET: 'another-secret-of-more-than-32-bytes' }],
    ['another issuer', { SKREAVER_WS_JWT_ISSUER: 'nobody' }],
  ])('check refuses one of %s with 3', async (_what, other) => {
    const token = jwtOf({ sub: 'ann', aud: 'us', iss: 'cli' });
    expect((await call(['token', 'check'], env, token)).code).toBe(0);
    const { code, stderr } = await call(['token', 'check'], { ...env, ...other }, token);
    expect([code, stderr]).toEqual([3, expect.stringContaining('The server would refuse the token: ')]);
  });

  it('check knows the API keys too', async () => {
    const { stdout } = await call(['token', 'check'], {
      SKREAVER_WS_API_KEYS: `${API_KEY}=bob`,
      SKREAVER_TOKEN: API_KEY,
    });
    expect(JSON.parse(stdout)).toEqual({ user_id: 'bob', channels: ['*'] });
  });

  it('create refuses channels that the server would not take, and settings without a secret', async () => {
    const create = ['token', 'create', '--user', 'ann'];
    const wrong = await call([...create, '--channels', 'two words'], env);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('neither a channel name nor prefix*')]);
    const none = await call(create, { SKREAVER_WS_API_KEYS: `${API_KEY}=bob` });
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('SKREAVER_WS_JWT_SECRET is not set')]);
  });
});

describe('check-config', () => {
  it('tells all problems at once, and exits with 1', async () => {
    const env = { SKREAVER_WS_PORT: 'x', SKREAVER_WS_PING_INTERVAL: 'soon', SKREAVER_WS_LOG_LEVEL: 'loud' };
    const { code, stdout, stderr } = await call(['check-config'], env);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout.match(/^problem {2}SKREAVER_WS_\w+/gm)).toHaveLength(3);
    const { stdout: json } = await call(['check-config', '--json'], env);
    expect(JSON.parse(json)).toMatchObject({ valid: false, problems: [{}, {}, {}].map(() => expect.any(String)) });
  });

  it('warns of what is allowed and likely wrong, and exits with 0', async () => {
    const file = fileWith(`SKREAVER_WS_JWT_SECRET=${SECRET}\nSKREAVER_WS_MAX_CONNECTIONS_PER_IP=2000\n`);
    const { code, stdout } = await call(['check-config', '--settings', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warning {2}SKREAVER_WS_TRUSTED_PROXIES is not set: behind a proxy/m);
    expect(stdout).toMatch(/^warning {2}SKREAVER_WS_MAX_CONNECTIONS_PER_IP \(2000\) is not below/m);
    expect(stdout).toMatch(/^valid {4}The server would start with these settings\.$/m);
  });
});
