import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import { WsError, WsErrorCode, WsRequest } from '@skreaver/nestjs-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type TestApp, startApp, testAuth } from '../support/test-app.js';
import { CLI, CliProcess, call } from './cli-process.js';

@Injectable()
class Reports {
  @WsRequest('report')
  async *report(): AsyncGenerator<string, { words: number }> {
    yield 'all ';
    yield 'is well';
    return { words: 3 };
  }

  @WsRequest('double')
  double(@MessageBody() { of }: { readonly of: number }): { readonly twice: number } {
    return { twice: of * 2 };
  }

  @WsRequest('fail')
  fail(): never {
    throw new WsError(WsErrorCode.InvalidParams, 'not so');
  }

  @WsRequest('hang')
  hang(): Promise<never> {
    return new Promise(() => {});
  }
}

const channels = {
  'open*': { clientPublish: true },
  'kept*': { clientPublish: true, history: { size: 10, ttl: 60_000 } },
};

const served = (): Promise<TestApp> => startApp({ ...testAuth, channels }, { providers: [Reports] });

const as = (user: string, { url }: TestApp) => ({ SKREAVER_URL: url, SKREAVER_TOKEN: `token-${user}` });

/** A `sub` that has its channels. */
async function subscribed(app: TestApp, ...args: readonly string[]): Promise<CliProcess> {
  const sub = new CliProcess(['sub', ...args], as('ann', app));
  await sub.says('Subscribed to');
  return sub;
}

describe('sub', () => {
  it('prints the data of each event as a line, and ends after --count of them', async () => {
    const app = await served();
    const sub = await subscribed(app, 'open', '--count', '2');
    await app.subscriptions.broadcast('open', { n: 1 });
    await app.subscriptions.broadcast('open', 'two');
    await app.subscriptions.broadcast('open', 3);
    expect(await sub.exited).toBe(0);
    expect(sub.stdout).toBe('{"n":1}\n"two"\n');
    expect(sub.stderr).toBe('Subscribed to open.\n');
  });

  it('prints whole events with --json, which --since goes on after', async () => {
    const app = await served();
    await app.subscriptions.broadcast('kept', 1);
    await app.subscriptions.broadcast('kept', 2);
    const last = await subscribed(app, 'kept', '--last', '2', '--count', '2', '--json', '--raw');
    expect(await last.exited).toBe(0);
    const [first, second] = last.lines as { epoch: string; offset: number }[];
    expect(first).toEqual({
      channel: 'kept',
      data: 1,
      timestamp: expect.any(Number),
      epoch: expect.any(String),
      offset: 1,
      recovered: true,
    });
    expect(second).toMatchObject({ data: 2, offset: 2 });
    const since = `${first?.epoch}:${first?.offset}`;
    const rest = await subscribed(app, 'kept', '--since', since, '--count', '1');
    expect([await rest.exited, rest.stdout]).toEqual([0, '2\n']);
  });

  it('prints joins and leaves with --join-leave', async () => {
    const app = await startApp({ ...testAuth, channels: { room: { presence: true, joinLeave: true } } });
    const sub = await subscribed(app, 'room', '--join-leave');
    const bob = await app.connect('?token=token-bob');
    await bob.subscribe('room');
    await expect.poll(() => sub.stdout).toContain('{"channel":"room","kind":"join","user_id":"bob"}\n');
  });

  it('ends after --wait, with 6 where --count was missed', async () => {
    const app = await served();
    const [some, few] = await Promise.all([
      call(['sub', 'open', '--wait', '50ms', '-q'], as('ann', app)),
      call(['sub', 'open', '--wait', '50ms', '-q', '--count', '1'], as('ann', app)),
    ]);
    expect(some).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(few).toEqual({ code: 6, stdout: '', stderr: 'skreaver-ws: Only 0 of 1 events came in time.\n' });
  });

  it('exits with 130 when it is interrupted, and closes the connection in order', async () => {
    const app = await served();
    const sub = await subscribed(app, 'open');
    sub.signal('SIGINT');
    expect([await sub.exited, sub.stdout]).toEqual([130, '']);
    await expect.poll(() => app.registry.getStats().activeConnections).toBe(0);
  });

  it('ends without a word when its reader has gone', async () => {
    const app = await served();
    const script = `"$0" "$1" sub open | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { PATH = '' } = process.env;
    const run = promisify(execFile)('bash', ['--norc', '-c', script, process.execPath, CLI], {
      env: { PATH, ...as('ann', app) },
    });
    await expect.poll(async () => (await app.subscriptions.broadcast('open', 1)).delivered).toBe(1);
    const publishing = setInterval(() => void app.subscriptions.broadcast('open', 2), 10);
    onTestFinished(() => clearInterval(publishing));
    expect(await run).toEqual({ stdout: '1\n0\n', stderr: 'Subscribed to open.\n' });
  });

  it('ends when its reader has taken everything, however slow that is', async () => {
    const app = await served();
    for (let n = 0; n < 10; n += 1) await app.subscriptions.broadcast('kept', 'x'.repeat(60_000));
    const sub = new CliProcess(['sub', 'kept', '--last', '10', '--count', '10'], as('ann', app));
    sub.child.stdout.pause();
    await sub.says('Subscribed to');
    await expect.poll(() => app.registry.getStats().activeConnections).toBe(0);
    sub.child.stdout.resume();
    expect([await sub.exited, sub.lines.length]).toEqual([0, 10]);
  });

  it('exits with 1 where more waits for its reader than memory should hold', async () => {
    const app = await served();
    const sub = await subscribed(app, 'open');
    sub.child.stdout.pause();
    for (let n = 0; n < 400; n += 1) {
      await app.subscriptions.broadcast('open', 'x'.repeat(60_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await sub.says('read too slowly');
    sub.child.stdout.resume();
    expect(await sub.exited).toBe(1);
  });

  it('connects again, and goes on where it was; with --no-reconnect it exits with 7', async () => {
    const app = await served();
    const args = ['kept', '--count', '2'];
    const [stays, ends] = await Promise.all([subscribed(app, ...args), subscribed(app, ...args, '--no-reconnect')]);
    await app.subscriptions.broadcast('kept', 1);
    await expect.poll(() => stays.stdout + ends.stdout).toBe('1\n1\n');
    app.registry.rebalance({ share: 1, over: 0 });
    await app.subscriptions.broadcast('kept', 2);
    expect(await ends.exited).toBe(7);
    expect(ends.stderr).toContain('skreaver-ws: The server closed the connection: 4005 RECONNECT.');
    expect([await stays.exited, stays.stdout]).toEqual([0, '1\n2\n']);
    expect(stays.stderr).toMatch(/4005 RECONNECT\. Connecting again in [\d.]+ s\.\nConnected again\./);
  });
});

describe('pub', () => {
  it('publishes JSON, and prints what the server says of it', async () => {
    const app = await served();
    const bob = await app.connect('?token=token-bob');
    await bob.subscribe('open');
    const outcome = await call(['pub', 'open', '{"n":1}'], as('ann', app));
    expect(outcome).toEqual({ code: 0, stdout: '{"delivered":1}\n', stderr: '' });
    expect(await bob.next('event')).toMatchObject({ data: { n: 1 }, metadata: { from: { user_id: 'ann' } } });
  });

  it('publishes once under a --key', async () => {
    const app = await served();
    const twice = [1, 2].map(() => call(['pub', 'kept', '1', '--key', 'k'], as('ann', app)));
    const outcomes = (await Promise.all(twice)).map(({ stdout }) => JSON.parse(stdout) as { duplicate?: boolean });
    expect(outcomes.filter(({ duplicate }) => duplicate === true)).toHaveLength(1);
  });

  it('publishes each line of stdin that is not blank, in order, and as a string with --text', async () => {
    const app = await served();
    const bob = await app.connect('?token=token-bob');
    await bob.subscribe('open');
    const { code, stdout } = await call(['pub', 'open'], as('ann', app), '1\n\n{"n":2}\r\n3');
    expect([code, stdout]).toEqual([0, '{"delivered":1}\n'.repeat(3)]);
    await call(['pub', 'open', '-', '--text'], as('ann', app), 'it is so\n');
    const got = [await bob.next('event'), await bob.next('event'), await bob.next('event'), await bob.next('event')];
    expect(got.map(({ data }) => data)).toEqual([1, { n: 2 }, 3, 'it is so']);
  });

  it('stops with 2 at a line that is not JSON, and those before it are published', async () => {
    const app = await served();
    const { code, stdout, stderr } = await call(['pub', 'open'], as('ann', app), '1\n{x\n3\n');
    expect([code, stdout]).toEqual([2, '{"delivered":0}\n']);
    expect(stderr).toContain('The data must be JSON: {x');
  });

  it('waits where the server says that it is too fast', async () => {
    const app = await startApp({ ...testAuth, channels, messageRate: 20, messageBurst: 5 });
    const { code, stdout } = await call(['pub', 'open'], as('ann', app), '1\n'.repeat(10));
    expect([code, stdout]).toEqual([0, '{"delivered":0}\n'.repeat(10)]);
  });
});

describe('req', () => {
  it('prints the result of a method, whose params may come from stdin', async () => {
    const app = await served();
    const [given, piped] = await Promise.all([
      call(['req', 'double', '{"of":4}'], as('ann', app)),
      call(['req', 'double', '-', '--json'], as('ann', app), '{"of":5}\n'),
    ]);
    expect(given).toEqual({ code: 0, stdout: '{"twice":8}\n', stderr: '' });
    expect(piped.stdout).toBe('{"result":{"twice":10}}\n');
  });

  it('prints chunks as they come, and as one text with --raw', async () => {
    const app = await served();
    const [lines, text, objects] = await Promise.all([
      call(['req', 'report'], as('ann', app)),
      call(['req', 'report', '--raw'], as('ann', app)),
      call(['req', 'report', '--json'], as('ann', app)),
    ]);
    expect(lines.stdout).toBe('"all "\n"is well"\n{"words":3}\n');
    expect(text.stdout).toBe('all is well\n{"words":3}\n');
    expect(objects.stdout).toBe('{"chunk":"all "}\n{"chunk":"is well"}\n{"result":{"words":3}}\n');
  });
});

describe('the exit code of a client', () => {
  it.each([
    [1, 'a method that fails', ['req', 'fail'], {}, 'INVALID_PARAMS: not so'],
    [
      3,
      'a token that is refused',
      ['req', 'report'],
      { SKREAVER_TOKEN: 'nonsense' },
      'UNAUTHORIZED: The token was not',
    ],
    [3, 'a token that is missing', ['req', 'report'], { SKREAVER_TOKEN: '' }, 'AUTHENTICATION_REQUIRED: Authenticate'],
    [3, 'a channel that is not allowed', ['sub', 'private-bob'], {}, 'PERMISSION_DENIED: You may not do this'],
    [3, 'a channel that clients may not publish to', ['pub', 'closed', '1'], {}, 'PERMISSION_DENIED: You may not'],
    [6, 'an answer that does not come', ['req', 'hang', '--timeout', '300ms'], {}, 'TIMEOUT'],
    [
      1,
      'a token file that is not there',
      ['req', 'report', '--token-file', '/nowhere'],
      {},
      'The token cannot be read: ENOENT',
    ],
  ])('is %i for %s', async (code, _what, args, env, sentence) => {
    const app = await served();
    const outcome = await call(args, { ...as('ann', app), ...env });
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(`skreaver-ws: ${sentence}`);
  });

  it('is 4 where nothing listens, at once', async () => {
    const { code, stderr } = await call(['sub', 'open', '-c', 'ws://127.0.0.1:1/ws']);
    expect(code).toBe(4);
    expect(stderr).toBe('skreaver-ws: The server cannot be reached: connect ECONNREFUSED 127.0.0.1:1\n');
  });

  it('is 5 where the server is full, with its sentence and when to try again', async () => {
    const app = await startApp({ ...testAuth, maxConnections: 1 });
    await app.connect('?token=token-bob');
    const { code, stderr } = await call(['sub', 'open'], as('ann', app));
    expect(code).toBe(5);
    expect(stderr).toMatch(
      /^skreaver-ws: The server refused the connection: HTTP 503 \w+: .* \(try again in \d+ s\)\n$/,
    );
  });

  it('is 7 where the server ends the connection for good', async () => {
    const app = await served();
    const sub = await subscribed(app, 'open');
    for (const { id } of app.registry.ofUser('ann')) await app.registry.disconnect(id);
    expect(await sub.exited).toBe(7);
    expect(sub.stderr).toContain('skreaver-ws: The server closed the connection: 4505 FORCED_DISCONNECT.');
  });
});

describe('the token of a client', () => {
  it('is read from a file', async () => {
    const app = await served();
    const folder = mkdtempSync(join(tmpdir(), 'skreaver-token-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'token');
    writeFileSync(file, 'token-ann\n');
    const { code, stderr } = await call(['pub', 'open', '1', '--token-file', file], { SKREAVER_URL: app.url });
    expect([code, stderr]).toEqual([0, '']);
  });

  it('may be an argument, with a warning', async () => {
    const app = await served();
    const { code, stderr } = await call(['pub', 'open', '1', '--token', 'token-ann', '-c', app.url]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: other users of this machine see --token .*; use --token-file\.\n$/);
  });

  it('may be in a header', async () => {
    const app = await served();
    const { code } = await call(['pub', 'open', '1', '-c', app.url, '-H', 'Authorization: Bearer token-ann']);
    expect(code).toBe(0);
  });
});
