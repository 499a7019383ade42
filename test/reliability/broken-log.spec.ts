import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';

const SHUTDOWN = { SKREAVER_WS_SHUTDOWN_TIMEOUT: '2s' };
const LOST = 'websocket_log_lines_lost_total';
/** Requests that leave 1.6 MB of log: more than a pipe and what may wait for it. */
const MANY = 200;

/** Each leaves a line of 8 KB in the log, and one for the connection before it. */
async function fillLog(server: ServerProcess, requests: number): Promise<void> {
  for (let at = 0; at < requests; at += 1) {
    expect((await server.get(`/nothing?${'x'.repeat(8000)}`)).status).toBe(404);
  }
}

/** Serves, says what is wrong once, and ends in time: whatever became of its log. */
async function expectServing(server: ServerProcess, reason: string): Promise<void> {
  const client = await TestClient.open(server.ws);
  expect((await client.ask({ type: 'ping' })).type).toBe('pong');
  expect(await server.metric(LOST)).toBeGreaterThan(0);
  expect(server.stderr.split('\n').filter((line) => line.includes(LOST))).toEqual([expect.stringContaining(reason)]);
  const began = performance.now();
  server.signal('SIGTERM');
  expect((await client.closed).code).toBe(1012);
  expect(await server.exited).toBe(0);
  expect(performance.now() - began).toBeLessThan(3000);
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'broken-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function opened(path: string, flags: number): number {
  const descriptor = openSync(path, flags);
  onTestFinished(() => {
    try {
      closeSync(descriptor);
    } catch {
      // The test has closed it.
    }
  });
  return descriptor;
}

function fifo(): { reader: number; writer: number } {
  const path = join(scratch(), 'log');
  execFileSync('mkfifo', [path]);
  const reader = opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: opened(path, constants.O_WRONLY) };
}

describe('a server whose log cannot be written', () => {
  it('serves on and ends in time with a disk that is always full', async () => {
    const server = await ServerProcess.start(opened('/dev/full', constants.O_WRONLY), SHUTDOWN);
    await fillLog(server, 10);
    await expectServing(server, 'ENOSPC');
  });

  it('serves on and ends in time with stderr on a full disk too', async () => {
    const server = await ServerProcess.startBy('exec "$@" >/dev/full 2>/dev/full', SHUTDOWN);
    await fillLog(server, 10);
    expect(await server.metric(LOST)).toBeGreaterThan(0);
    server.signal('SIGTERM');
    expect(await server.exited).toBe(0);
  });

  it('serves on and ends in time with a disk that fills up', async () => {
    const mount = scratch();
    const script = `mount -t tmpfs -o size=64k tmpfs ${mount} && exec "$@" >${mount}/log`;
    const namespace = process.getuid?.() === 0 ? '-m' : '-rm';
    const server = await ServerProcess.startBy(`exec unshare ${namespace} sh -c '${script}' sh "$@"`, SHUTDOWN);
    await fillLog(server, 20);
    await expectServing(server, 'ENOSPC');
  });

  it('serves on and ends in time with a reader that stalls', async () => {
    const { writer } = fifo();
    const server = await ServerProcess.start(writer, SHUTDOWN);
    await fillLog(server, MANY);
    await expectServing(server, 'nobody reads it');
  });

  it('serves on and ends in time with a reader that has gone', async () => {
    const { reader, writer } = fifo();
    const server = await ServerProcess.start(writer, SHUTDOWN);
    closeSync(writer);
    closeSync(reader);
    await fillLog(server, 5);
    await expectServing(server, 'EPIPE');
  });

  it('writes the whole log, to its last line, to a file that can be written', async () => {
    const path = join(scratch(), 'log');
    const server = await ServerProcess.start(
      opened(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND),
      SHUTDOWN,
    );
    await fillLog(server, 50);
    const client = await TestClient.open(server.ws);
    server.signal('SIGTERM');
    await client.closed;
    expect(await server.exited).toBe(0);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const logged = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { msg: string });
    expect(logged.filter(({ msg }) => msg === 'request completed')).toHaveLength(50);
    expect(logged.at(-1)?.msg).toBe('connection closed');
  });
});
